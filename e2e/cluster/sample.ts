// Starts the sample application in a cluster and sends requests from one of its pods to its service.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { podsReady } from "../kubernetes/ready.ts";
import { waitUntil } from "../process/wait.ts";

/** What the service reports about a request; see the program in app/. */
export interface Answer {
  /** The node that it runs on. */
  readonly node: string;
  readonly path: string;
  /** Names as Go spells them, each with all of its values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

const manifest = readFileSync(join(import.meta.dirname, "manifests/sample.yaml"), "utf8");

/** @throws when a pod does not become Ready, or the service does not answer */
export async function startSample(kubectl: Kubectl): Promise<void> {
  await kubectl(["apply", "-f", "-"], manifest);
  await podsReady(kubectl, "shop", ["--all"]);
  // A node's kube-proxy learns of an endpoint only after its pod is Ready.
  const answers = { what: "the service answers by its name", seconds: 30 };
  await waitUntil(answers, async () => (await ask(kubectl, "web", "/")).path === "/");
}

/** A request from a pod of the sample to its service, by name. @throws CommandError with the pod's output */
export async function ask(kubectl: Kubectl, pod: string, path: string): Promise<Answer> {
  const url = `http://api.shop.svc.cluster.local${path}`;
  return JSON.parse(await kubectl(["-n", "shop", "exec", pod, "-c", "app", "--", "/program", "get", url]));
}
