// Starts a copy of Istio's Bookinfo application in a cluster, and sends requests to it from pods of the mesh.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { applyObjects } from "../kubernetes/apply.ts";
import { type Container, containerOf } from "../kubernetes/container.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { available } from "../kubernetes/ready.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { waitUntil } from "../process/wait.ts";

/** What a service reports about a request and the calls that it caused; see the program in app/. */
export interface Visit {
  readonly node: string;
  readonly pod: string;
  readonly path: string;
  /** Names as Go spells them, each with all of its values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly calls: readonly Visit[];
}

const manifest = readFileSync(join(import.meta.dirname, "manifests/bookinfo.yaml"), "utf8");
export const frontend = "http://frontend.bookinfo:9080";
const gateway = "http://edge-istio.bookinfo";

/** Resolves once the gateway answers too. @throws when a pod does not become Ready, or nothing answers */
export async function startBookinfo(kubectl: Kubectl): Promise<void> {
  await applyObjects(kubectl, manifest);
  for (const namespace of ["bookinfo", "jobs"])
    await waitUntil({ what: `the Deployments of ${namespace} are available`, seconds: 90 }, async () => {
      await kubectl(["-n", namespace, "wait", "--for=condition=Available", "deployment", "--all", "--timeout=1s"]);
      return true;
    });
  // istiod creates the gateway's Deployment once it has seen the Gateway.
  await available(kubectl, "bookinfo", "edge-istio");
  for (const through of ["mesh", "gateway"] as const)
    await waitUntil({ what: `the application answers through the ${through}`, seconds: 60 }, async () => {
      const { path } = await visit(kubectl, "/", { through });
      return path === "/";
    });
}

const asPod = (deployment: string): readonly string[] => [
  "-n",
  "jobs",
  "exec",
  `deployment/${deployment}`,
  "-c",
  "app",
  "--",
  "/program",
];

/** The program in the first pod on a node that calls the application. @throws when none runs */
export const callerContainer = (cluster: Cluster, node: "n1" | "n2"): Promise<Container> =>
  containerOf(cluster, { namespace: "jobs", pods: ["-l", `app=caller,version=${node}`], container: "app" });

export interface VisitOptions {
  /** A Deployment in the namespace jobs. Default: caller-n1. */
  readonly from?: string;
  /** Default: mesh. */
  readonly through?: "mesh" | "gateway";
}

/** Sends one request from a pod of the namespace jobs. @throws CommandError with the pod's output */
export async function visit(
  kubectl: Kubectl,
  path: string,
  { from = "caller-n1", through = "mesh" }: VisitOptions = {},
): Promise<Visit> {
  const url = through === "mesh" ? frontend : gateway;
  return JSON.parse(await kubectl([...asPod(from), "get", `${url}${path}`]));
}

/** The levels that a request had at every service, by service name. */
export function levelsOf({ pod, headers, calls }: Visit): Readonly<Record<string, string>> {
  const service = pod.split("-")[0]!;
  const own = { [service]: (headers["X-Request-Priority"] ?? []).join() };
  return Object.assign(own, ...calls.map(levelsOf));
}
