// Lists the versions of Istio whose generators are run.
import { generators } from "../kubernetes/build/parts.ts";

export type IstioVersion = keyof typeof generators;
export const istioVersions = Object.keys(generators) as readonly IstioVersion[];
