// Where Istio's programs and files are on this machine: the binaries that the cluster's build made, and its module's folder.
import { homedir } from "node:os";
import { join } from "node:path";
import { binaryOf, parts } from "../../cluster/build/parts.ts";

export const istiodBinary = binaryOf(parts.pilot, "pilot-discovery");
export const agentBinary = binaryOf(parts.agent, "pilot-agent");

const modules = process.env.GOMODCACHE ?? join(process.env.GOPATH ?? join(homedir(), "go"), "pkg/mod");
const istioModule = join(modules, `istio.io/istio@${parts.pilot.module}`);

export const istioCrds = join(istioModule, "manifests/charts/base/files/crd-all.gen.yaml");
export const bootstrapTemplate = join(istioModule, "tools/packaging/common/envoy_bootstrap.json");
