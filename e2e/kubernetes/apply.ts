// Applies objects, and tries again while a webhook of the cluster does not answer: istiod's takes its time on a busy machine.
import { waitUntil } from "../process/wait.ts";
import type { Kubectl } from "./control-plane.ts";

/** The last: the controller made the ladder just before kubectl would have. */
const isUnanswered = /failed calling webhook|context deadline exceeded|no endpoints available|\(AlreadyExists\)/;

/** @returns kubectl's output. @throws CommandError when the API server or a webhook refuses an object */
export async function applyObjects(kubectl: Kubectl, text: string): Promise<string> {
  let said = "";
  let refusal: unknown;
  await waitUntil({ what: "the cluster's webhooks answer", seconds: 60 }, async () => {
    try {
      said = await kubectl(["apply", "-f", "-"], text);
    } catch (error) {
      if (isUnanswered.test((error as Error).message)) throw error;
      refusal = error;
    }
    return true;
  });
  if (refusal !== undefined) throw refusal;
  return said;
}
