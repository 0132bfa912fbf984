// The last pod dedicated to a level goes: the level's requests take the service's other pods until one is back.
import { test } from "node:test";
import { podsGone } from "../../kubernetes/ready.ts";
import { waitUntil } from "../../process/wait.ts";
import { type Visit, visit } from "../bookinfo.ts";
import { controllerLog } from "../controller.ts";
import type { Enrolled } from "./enrolled.ts";

/** A pod that is terminated still answers for two seconds, so that callers whose proxies have not heard of it yet see no failure. */
const dedicated = {
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "ratings-dedicated", namespace: "bookinfo" } },
  spec: {
    ...{ replicas: 1, selector: { matchLabels: { app: "ratings", version: "dedicated" } } },
    template: {
      metadata: { labels: { app: "ratings", version: "dedicated", "expedite.dev/level": "batch" } },
      spec: {
        ...{ nodeName: "xp-node1", terminationGracePeriodSeconds: 5 },
        containers: [
          {
            ...{ name: "app", image: "expedite.local/app:1", imagePullPolicy: "Never", args: ["serve"] },
            lifecycle: { preStop: { sleep: { seconds: 2 } } },
          },
        ],
      },
    },
  },
};

const ratings = ({ pod, calls }: Visit): readonly string[] =>
  pod.startsWith("ratings-") ? [pod] : calls.flatMap(ratings);

export function dedicatedPods(mesh: () => Enrolled): void {
  test("the last dedicated pod of a level goes: the level's requests take the other pods until one is back", async () => {
    const { kubectl } = mesh().cluster;
    const bookinfo = ["-n", "bookinfo"];
    const detail = (): Promise<string> => controllerLog(kubectl);
    /** All, or none, of ten requests of level batch were answered by the level's dedicated pods. */
    const until = (isOwn: boolean): Promise<void> =>
      waitUntil(
        { what: `requests take ${isOwn ? "the level's dedicated" : "the other"} pods`, seconds: 30, detail },
        async () => {
          for (let index = 0; index < 10; index++) {
            const pods = ratings(await visit(kubectl, "/export/all"));
            if (pods.length === 0 || pods.some((pod) => pod.startsWith("ratings-dedicated-") !== isOwn)) return false;
          }
          return true;
        },
      );
    await mesh().withoutFailures("a level's dedicated pods come, go and come back", async () => {
      await mesh().apply(dedicated);
      await until(true);
      await kubectl([...bookinfo, "scale", "deployment/ratings-dedicated", "--replicas=0"]);
      await podsGone(kubectl, "bookinfo", ["-l", "version=dedicated"]);
      await until(false);
      await kubectl([...bookinfo, "scale", "deployment/ratings-dedicated", "--replicas=1"]);
      await until(true);
    });
    await kubectl([...bookinfo, "delete", "deployment", "ratings-dedicated"]);
    await podsGone(kubectl, "bookinfo", ["-l", "version=dedicated"]);
    await mesh().inForce();
  });
}
