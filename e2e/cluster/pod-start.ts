// Measures how long new pods with a sidecar take to become Ready.

import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { podsReady } from "../kubernetes/ready.ts";

/**
 * Starts them one after the other. Milliseconds from before `kubectl apply` until a pod is Ready. @throws when one does not become Ready
 */
export async function podStarts(kubectl: Kubectl, name: string, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await applyObjects(kubectl, pod(`${name}-${index}`));
    await podsReady(kubectl, "jobs", [`${name}-${index}`]);
    times.push(performance.now() - start);
  }
  return times;
}

/** A pod like the callers', on the first node. */
const pod = (name: string): string =>
  JSON.stringify({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "jobs", labels: { app: "late" } } },
    spec: {
      ...{ nodeName: "xp-node1", terminationGracePeriodSeconds: 1 },
      containers: [{ name: "app", image: "expedite.local/app:1", imagePullPolicy: "Never", args: ["pause"] }],
    },
  });
