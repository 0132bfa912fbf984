// Lists the versions of Istio whose generators are run, and the part that builds each of them.
import { parts } from "../kubernetes/build/parts.ts";

export const generators = { "1.31": parts.generator, "1.30": parts.generator130 } as const;
export type IstioVersion = keyof typeof generators;
export const istioVersions = Object.keys(generators) as readonly IstioVersion[];
