// The controller as a pod with its own account: a kubectl enters; resolves when it is ready.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { waitUntil } from "../process/wait.ts";

const manifests = join(import.meta.dirname, "../../manifests");
const read = (name: string): string => readFileSync(join(manifests, name), "utf8");

/** @throws when it is not ready in two minutes, with the end of its log */
export async function startController(kubectl: Kubectl, replicas = 1): Promise<void> {
  await kubectl(["apply", "-f", "-"], [read("rbac.yaml"), read("controller.yaml")].join("\n---\n"));
  await kubectl(["-n", "istio-system", "scale", "deployment/expedite", `--replicas=${replicas}`]);
  try {
    await kubectl(["-n", "istio-system", "rollout", "status", "deployment/expedite", "--timeout=120s"]);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await controllerLog(kubectl)}`);
  }
}

export const controllerLog = (kubectl: Kubectl): Promise<string> =>
  kubectl(["-n", "istio-system", "logs", "deployment/expedite", "--tail=60"]).catch((error: Error) => error.message);

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Of a policy or the ladder. */
export async function conditions(
  kubectl: Kubectl,
  kind: string,
  name: string,
  namespace = "default",
): Promise<readonly Condition[]> {
  const object = JSON.parse(await kubectl(["-n", namespace, "get", kind, name, "-o", "json"])) as {
    readonly status?: { readonly conditions?: readonly Condition[] };
  };
  return object.status?.conditions ?? [];
}

/** @throws when it is not so in `seconds`, with the conditions and the controller's log */
export async function waitForCondition(
  kubectl: Kubectl,
  policy: readonly [kind: string, name: string, namespace?: string],
  type: string,
  status: string,
  seconds = 30,
): Promise<void> {
  let last: readonly Condition[] = [];
  try {
    await waitUntil({ what: `${policy.join(" ")}: ${type} is ${status}`, seconds }, async () => {
      last = await conditions(kubectl, ...policy);
      return last.some((condition) => condition.type === type && condition.status === status);
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${JSON.stringify(last)}\n${await controllerLog(kubectl)}`);
  }
}
