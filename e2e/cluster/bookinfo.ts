// The bookinfo-shaped application in a cluster: a kubectl enters; what its pods see of requests leaves.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { waitUntil } from "../process/wait.ts";

/** What a service says of a request, and of the calls that the request caused: the program in app/. */
export interface Visit {
  readonly node: string;
  readonly pod: string;
  readonly path: string;
  /** As Go spells their names, with every value. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly calls: readonly Visit[];
}

const manifest = readFileSync(join(import.meta.dirname, "manifests/bookinfo.yaml"), "utf8");
const frontend = "http://frontend.bookinfo:9080";
const gateway = "http://edge-istio.bookinfo";

/** @throws when a pod is not Ready in three minutes, or nothing answers in another */
export async function startBookinfo(kubectl: Kubectl): Promise<void> {
  await kubectl(["apply", "-f", "-"], manifest);
  for (const namespace of ["bookinfo", "jobs"])
    await waitUntil({ what: `the Deployments of ${namespace} are available`, seconds: 180 }, async () => {
      await kubectl(["-n", namespace, "wait", "--for=condition=Available", "deployment", "--all", "--timeout=1s"]);
      return true;
    });
  await waitUntil(
    { what: "the application answers", seconds: 60 },
    async () => (await visit(kubectl, "/")).path === "/",
  );
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

/** One request from a pod of the namespace jobs. @throws CommandError with what the pod said */
export async function visit(
  kubectl: Kubectl,
  path: string,
  from = "caller-n1",
  through: "mesh" | "gateway" = "mesh",
): Promise<Visit> {
  const url = through === "mesh" ? frontend : gateway;
  return JSON.parse(await kubectl([...asPod(from), "get", `${url}${path}`]));
}

/** The levels that a request had at every service, by the services' names. */
export function levelsOf({ pod, headers, calls }: Visit): Readonly<Record<string, string>> {
  const service = pod.split("-")[0]!;
  const own = { [service]: (headers["X-Request-Priority"] ?? []).join() };
  return Object.assign(own, ...calls.map(levelsOf));
}
