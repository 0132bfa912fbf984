// Starts and removes the controller as a pod with its own service account, and reads the conditions that it writes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { available, podsGone } from "../kubernetes/ready.ts";
import { waitUntil } from "../process/wait.ts";

const manifests = join(import.meta.dirname, "../../manifests");
const read = (name: string): string => readFileSync(join(manifests, name), "utf8");

/** Without the ladder that it would make: tests apply their own, and compare with a mesh that has none. artefacts.test.ts has it. */
const controller = read("controller.yaml").replace(
  /^( +)- name: EXPEDITE_LOG_LEVEL$/m,
  '$1- name: EXPEDITE_CREATE_LADDER\n$1  value: "false"\n$&',
);

/** @throws when it does not become ready, with the end of its log */
export async function startController(kubectl: Kubectl, replicas = 1): Promise<void> {
  await kubectl(["apply", "-f", "-"], [read("rbac.yaml"), controller].join("\n---\n"));
  await kubectl(["-n", "istio-system", "scale", "deployment/expedite", `--replicas=${replicas}`]);
  try {
    await available(kubectl, "istio-system", "expedite");
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await controllerLog(kubectl)}`);
  }
}

/** Resolves once its pods and their Lease are gone. */
export async function removeController(kubectl: Kubectl): Promise<void> {
  await kubectl(["delete", "--ignore-not-found", "-f", "-"], [read("rbac.yaml"), controller].join("\n---\n"));
  await podsGone(kubectl, "istio-system", controllerPods);
  await kubectl(["-n", "istio-system", "delete", "lease", "expedite", "--ignore-not-found"]);
}

/** Selects the controller's pods for kubectl. */
export const controllerPods = ["-l", "app.kubernetes.io/name=expedite,app.kubernetes.io/component=controller"];

export const controllerLog = (kubectl: Kubectl): Promise<string> =>
  kubectl(["-n", "istio-system", "logs", "deployment/expedite", "--tail=60"]).catch((error: Error) => error.message);

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A policy, a queue, or the ladder, which has no namespace. */
export interface ObjectName {
  readonly kind: "prio" | "requestqueue" | "ladder";
  readonly name: string;
  readonly namespace?: string;
}

/** The policy that most tests use. */
export const exportsPolicy: ObjectName = { kind: "prio", name: "exports", namespace: "bookinfo" };

export async function conditions(
  kubectl: Kubectl,
  { kind, name, namespace = "default" }: ObjectName,
): Promise<readonly Condition[]> {
  const object = JSON.parse(await kubectl(["-n", namespace, "get", kind, name, "-o", "json"])) as {
    readonly status?: { readonly conditions?: readonly Condition[] };
  };
  return object.status?.conditions ?? [];
}

/**
 * Whether the status says of the current generation that the proxies have it, which is some time after the last one has acknowledged it; and
 * what it says, for errors.
 */
export async function programmedState(
  kubectl: Kubectl,
  { kind, name, namespace = "default" }: ObjectName,
): Promise<{ readonly isProgrammed: boolean; readonly said: string }> {
  const { metadata, status } = JSON.parse(await kubectl(["-n", namespace, "get", kind, name, "-o", "json"]));
  const found: readonly (Condition & { readonly observedGeneration: number })[] = status?.conditions ?? [];
  const isProgrammed = found.some(
    (one) => one.type === "Programmed" && one.status === "True" && one.observedGeneration === metadata.generation,
  );
  return { isProgrammed, said: JSON.stringify([metadata.generation, found]) };
}

export interface WantedCondition {
  readonly type: string;
  readonly status: string;
  /** At most this long on a quiet machine. Default: 30. */
  readonly seconds?: number;
}

/** @throws when the condition is not met in time, with the conditions and the controller's log */
export async function waitForCondition(
  kubectl: Kubectl,
  object: ObjectName,
  { type, status, seconds = 30 }: WantedCondition,
): Promise<void> {
  let last: readonly Condition[] = [];
  const detail = async (): Promise<string> => `${JSON.stringify(last)}\n${await controllerLog(kubectl)}`;
  const what = `${object.kind} ${object.name}: ${type} is ${status}`;
  await waitUntil({ what, seconds, detail }, async () => {
    last = await conditions(kubectl, object);
    return last.some((condition) => condition.type === type && condition.status === status);
  });
}
