// A pod without a sidecar, which sends requests from outside the mesh.
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { podsReady } from "../kubernetes/ready.ts";

export async function startOutsider(kubectl: Kubectl): Promise<void> {
  const image = ["--image=expedite.local/app:1", "--image-pull-policy=Never"];
  await kubectl(["run", "outsider", ...image, "--", "pause"]);
  await podsReady(kubectl, "default", ["outsider"]);
}

/** Sends one request. @param headers as `NAME: VALUE`. @returns the body. @throws CommandError with the pod's output */
export const askAsOutsider = (kubectl: Kubectl, url: string, headers: readonly string[] = []): Promise<string> =>
  kubectl(["exec", "outsider", "--", "/program", "get", url, ...headers]);
