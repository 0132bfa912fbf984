// Where this machine has Istio's programs and files, as the cluster's build put them.
import { fileOf, files } from "../../kubernetes/build/files.ts";
import { binaryOf, parts } from "../../kubernetes/build/parts.ts";

export const istiodBinary = binaryOf(parts.pilot, "pilot-discovery");
export const agentBinary = binaryOf(parts.agent, "pilot-agent");
export const istioCrds = fileOf(files.istio, "manifests/charts/base/files/crd-all.gen.yaml");
export const bootstrapTemplate = fileOf(files.istio, "tools/packaging/common/envoy_bootstrap.json");
