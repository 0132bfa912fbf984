// Lists the parts of a cluster: each part's Go module and version, pinned only here (the Kubernetes part's in programs/go.mod), and the
// folder under .cache/cluster/<part>-<Go's version> for its binaries.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface Part {
  readonly name: string;
  readonly version: string;
  /** Go's name for the version, if it differs. */
  readonly module?: string;
  /** Names of the binaries, in the order of `packages`. */
  readonly binaries: readonly string[];
  /** For a program of this repository: its go.mod, if it has another name. */
  readonly modfile?: string;
  /** The arguments of `go install`, without the version; for a program of this repository, a folder for `go build`. */
  readonly packages: readonly string[];
  readonly tags?: readonly string[];
  /** Values for the linker to set (-X). */
  readonly stamps?: Readonly<Record<string, string>>;
  /** Links with C libraries: needs gcc and pkg-config. */
  readonly cgo?: boolean;
  /** Rough number of minutes for a cold build on two cores, for the progress output. */
  readonly minutes: number;
}

const here = join(import.meta.dirname, "..");
const generator = join(here, "../oracle/generator");
export const cache = join(here, "../../.cache/cluster");

/** A hash over a program's files, in eight digits. */
function hashOf(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort();
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest("hex").slice(0, 8);
}

const app = join(here, "app");
const kubernetes = join(here, "programs");
export const kubernetesVersion = /k8s\.io\/kubernetes (v\S+)/.exec(
  readFileSync(join(kubernetes, "go.mod"), "utf8"),
)![1]!;
const [, kubernetesMajor = "", kubernetesMinor = ""] = /^v(\d+)\.(\d+)/.exec(kubernetesVersion)!;
const stampOf = (name: string) => `k8s.io/component-base/version.${name}`;
const kubernetesStamps = {
  [stampOf("gitVersion")]: kubernetesVersion,
  [stampOf("gitMajor")]: kubernetesMajor,
  [stampOf("gitMinor")]: kubernetesMinor,
};

/** The version that it reports: that of its release line. */
const istioVersion = "1.31.0";
/** Istio has no tags that Go resolves, so this is a pseudo-version of its 1.31 line. */
export const istioModule = "v0.0.0-20260827124520-eed52ebb66ad";
/**
 * Equal for all programs of one Istio: packages that are compiled for one are there for the others. Istio's own builds have disable_pgv, too,
 * which leaves out methods that only the generator calls.
 */
const istioTags = ["vtprotobuf"];
const istioStamps = { "istio.io/istio/pkg/version.buildVersion": istioVersion };

export const parts = {
  app: { name: "app", version: hashOf(app), binaries: ["app"], packages: [app], minutes: 0.2 },
  kubernetes: {
    name: "kubernetes",
    version: `${kubernetesVersion}-${hashOf(kubernetes)}`,
    binaries: ["kubernetes"],
    packages: [kubernetes],
    stamps: kubernetesStamps,
    minutes: 6,
  },
  kubectl: {
    name: "kubectl",
    version: `${kubernetesVersion}-${hashOf(kubernetes)}`,
    binaries: ["kubectl"],
    packages: [join(kubernetes, "kubectl")],
    stamps: kubernetesStamps,
    minutes: 0.3,
  },
  containerd: {
    name: "containerd",
    version: "v2.4.2",
    binaries: ["containerd", "containerd-shim-runc-v2", "ctr"],
    packages: ["containerd", "containerd-shim-runc-v2", "ctr"].map(
      (name) => `github.com/containerd/containerd/v2/cmd/${name}`,
    ),
    tags: ["no_btrfs", "no_devmapper", "no_zfs"],
    minutes: 1.2,
  },
  runc: {
    name: "runc",
    version: "v1.5.2",
    binaries: ["runc"],
    packages: ["github.com/opencontainers/runc"],
    tags: ["seccomp"],
    cgo: true,
    minutes: 0.3,
  },
  coredns: {
    name: "coredns",
    version: "v1.14.7",
    binaries: ["coredns"],
    packages: ["github.com/coredns/coredns"],
    minutes: 2.1,
  },
  pilot: {
    name: "pilot",
    version: istioVersion,
    binaries: ["pilot-discovery"],
    packages: ["istio.io/istio/pilot/cmd/pilot-discovery"],
    module: istioModule,
    tags: istioTags,
    stamps: istioStamps,
    minutes: 4.2,
  },
  agent: {
    name: "agent",
    version: istioVersion,
    binaries: ["pilot-agent"],
    packages: ["istio.io/istio/pilot/cmd/pilot-agent"],
    module: istioModule,
    tags: ["agent", "disable_pgv", "grpcnotrace", "retrynotrace"],
    stamps: istioStamps,
    minutes: 0.3,
  },
  helm: { name: "helm", version: "v4.3.1", binaries: ["helm"], packages: ["helm.sh/helm/v4/cmd/helm"], minutes: 2 },
} as const satisfies Readonly<Record<string, Part>>;

/** Istio as its generator alone (e2e/oracle), by version. No cluster needs them. */
export const generators = {
  "1.31": {
    name: "generator",
    version: `${istioVersion}-${hashOf(generator)}`,
    binaries: ["generator"],
    packages: [generator],
    tags: istioTags,
    minutes: 0.5,
  },
  "1.30": {
    name: "generator",
    version: `1.30-${hashOf(generator)}`,
    binaries: ["generator"],
    packages: [generator],
    // The 1.30 line as far as Go's checksums reach: a commit of April 2026, with API modules of 1.30.8 (go.1.30.mod).
    modfile: "go.1.30.mod",
    tags: istioTags,
    minutes: 3,
  },
} as const satisfies Readonly<Record<string, Part>>;

/** Programs that no cluster needs: tests without them are skipped. */
export const tools = {
  istioctl: {
    name: "istioctl",
    version: istioVersion,
    binaries: ["istioctl"],
    packages: ["istio.io/istio/istioctl/cmd/istioctl"],
    module: istioModule,
    tags: istioTags,
    stamps: istioStamps,
    minutes: 1,
  },
  kubeconform: {
    ...{ name: "kubeconform", version: "v0.7.0", binaries: ["kubeconform"], minutes: 0.3 },
    packages: ["github.com/yannh/kubeconform/cmd/kubeconform"],
  },
  kubeScore: {
    ...{ name: "kube-score", version: "v1.20.0", binaries: ["kube-score"], minutes: 1 },
    packages: ["github.com/zegl/kube-score/cmd/kube-score"],
  },
  krew: {
    ...{ name: "krew", version: "v0.5.0", binaries: ["krew"], minutes: 0.6 },
    packages: ["sigs.k8s.io/krew/cmd/krew"],
  },
} as const satisfies Readonly<Record<string, Part>>;

/** Absolute, and by Go's version: another commit is another build, whatever version it reports. */
export const folderOf = ({ name, version, module }: Part): string => join(cache, `${name}-${module ?? version}`);

/** Where the binary of a part lies once it is built. */
export const binaryOf = (part: Part, binary: string = part.name): string => join(folderOf(part), binary);

/** Where the archives of the images lie. */
export const imageFolder = join(cache, "images");
