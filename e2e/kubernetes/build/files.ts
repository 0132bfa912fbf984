// Names what a cluster uses from Go modules besides their programs: charts, CRDs, a template, an API's description. They are copied at the build, because Go's
// own cache may later be emptied or replaced by another.
import { join } from "node:path";
import { cache, istioModule, kubernetesVersion } from "./parts.ts";

export interface ModuleFiles {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** Files and folders of the module. */
  readonly paths: readonly string[];
}

export const files = {
  istio: {
    name: "istio-files",
    module: "istio.io/istio",
    version: istioModule,
    paths: [
      "manifests/charts/base",
      "manifests/charts/istio-control/istio-discovery",
      "tools/packaging/common/envoy_bootstrap.json",
    ],
  },
  gatewayApi: {
    name: "gateway-api-files",
    module: "sigs.k8s.io/gateway-api",
    // The version that istiod itself is built with.
    version: "v1.6.0",
    paths: ["config/crd/standard"],
  },
  kubernetes: {
    name: "kubernetes-files",
    module: "k8s.io/kubernetes",
    version: kubernetesVersion,
    paths: ["api/openapi-spec/swagger.json"],
  },
} as const satisfies Readonly<Record<string, ModuleFiles>>;

/** Absolute. */
export const filesFolder = ({ name, version }: ModuleFiles): string => join(cache, `${name}-${version}`);

/** Where a file or folder of the module is after the copy; `path` is that in the module. */
export const fileOf = (from: ModuleFiles, path: string): string => join(filesFolder(from), path);
