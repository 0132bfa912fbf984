// A pod without a sidecar: somebody outside the mesh.
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { podsReady } from "../kubernetes/ready.ts";

export async function startStranger(kubectl: Kubectl): Promise<void> {
  const image = ["--image=expedite.local/app:1", "--image-pull-policy=Never"];
  await kubectl(["run", "stranger", ...image, "--", "pause"]);
  await podsReady(kubectl, "default", ["stranger"]);
}

/** One request. @param headers as `NAME: VALUE`. @returns the body. @throws CommandError with what the pod said */
export const askAsStranger = (kubectl: Kubectl, url: string, headers: readonly string[] = []): Promise<string> =>
  kubectl(["exec", "stranger", "--", "/program", "get", url, ...headers]);
