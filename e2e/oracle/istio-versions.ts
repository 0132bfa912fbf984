// The versions of Istio whose generator judges, and which of the parts to build is whose.
import { parts } from "../kubernetes/build/parts.ts";

export const generators = { "1.31": parts.generator, "1.30": parts.generator130 } as const;
export type IstioVersion = keyof typeof generators;
export const istioVersions = Object.keys(generators) as readonly IstioVersion[];
