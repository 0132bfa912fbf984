// A mesh with the ladder and the policy of the tests in force: a cluster enters; what the tests of faults ask of it leaves.
import assert from "node:assert/strict";
import type { Cluster } from "../cluster.ts";
import { type Container, containerOf, killContainer } from "../container.ts";
import { controllerLog, waitForCondition } from "../controller.ts";
import { type LoadResult, type Results, underLoad } from "../load.ts";
import { ladder, policy } from "../policies.ts";
import { waitUntil } from "../wait.ts";

/** As kubectl selects them. */
export const controllerPods = ["-l", "app.kubernetes.io/name=expedite,app.kubernetes.io/component=controller"];

const policyName = ["prio", "exports", "bookinfo"] as const;

export class Enrolled {
  readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** The ladder, and a policy by which requests of /export are of level batch. */
  async begin(): Promise<void> {
    await this.apply(ladder("Enforce"));
    await this.change("/export");
  }

  apply(object: unknown): Promise<string> {
    return this.cluster.kubectl(["apply", "-f", "-"], typeof object === "string" ? object : JSON.stringify(object));
  }

  programmed(seconds = 45): Promise<void> {
    return waitForCondition(this.cluster.kubectl, policyName, "Programmed", "True", seconds);
  }

  /** Another prefix; resolves when the status of this very generation says that all proxies have it. */
  async change(prefix: string, seconds = 45): Promise<void> {
    await this.apply(policy(prefix));
    await this.hasGeneration(seconds);
  }

  /** The policy as it is now, wherever it was applied. @throws with the controller's log */
  async hasGeneration(seconds = 45): Promise<void> {
    let last = "";
    const isProgrammed = async (): Promise<boolean> => {
      const text = await this.cluster.kubectl(["-n", "bookinfo", "get", "prio", "exports", "-o", "json"]);
      const { metadata, status } = JSON.parse(text);
      last = JSON.stringify([metadata.generation, status?.conditions]);
      const conditions: readonly { type: string; status: string; observedGeneration: number }[] =
        status?.conditions ?? [];
      return conditions.some(
        (one) => one.type === "Programmed" && one.status === "True" && one.observedGeneration === metadata.generation,
      );
    };
    try {
      await waitUntil({ what: "the policy is programmed as it is now", seconds, detail: () => last }, isProgrammed);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await controllerLog(this.cluster.kubectl)}`);
    }
  }

  /** `fault` under load of both levels, of which no request fails. */
  async withoutFailures(what: string, fault: () => Promise<unknown>): Promise<void> {
    const { batch, others } = await underLoad(this.cluster, what, fault);
    await this.noneFailed(batch, others);
  }

  /** `fault` under load: requests of the level batch may fail, for under a second; no others. */
  async withinASecond(what: string, fault: () => Promise<unknown>): Promise<Results> {
    const results = await underLoad(this.cluster, what, fault);
    await this.noneFailed(results.others);
    assert.ok(results.batch.failedForMillis < 1_000, results.batch.errors.join("\n"));
    return results;
  }

  async noneFailed(...results: readonly LoadResult[]): Promise<void> {
    for (const { requests, failed, errors } of results) {
      assert.ok(requests > 100, `${requests} requests`);
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(this.cluster.kubectl)}`);
    }
  }

  /** Kills the first process of a pod of istio-system, which nobody hears of before, and deletes the pod. */
  async kill(selector: readonly string[], container: string): Promise<void> {
    const killed = await containerOf(this.cluster, "istio-system", selector, container);
    await killContainer(killed);
    await this.cluster.kubectl(["-n", "istio-system", "delete", "pod", killed.pod, "--grace-period=0", "--force"]);
  }

  /** Of the first controller that runs. */
  controller(): Promise<Container> {
    return containerOf(this.cluster, "istio-system", controllerPods, "controller");
  }

  /** How often containers of controllers ended and were started again. */
  async restarts(): Promise<number> {
    const path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
    const counts = await this.cluster.kubectl(["-n", "istio-system", "get", "pods", ...controllerPods, "-o", path]);
    return counts.split(" ").reduce((sum, count) => sum + Number(count), 0);
  }

  /** Of the first controller, over all of its labels. @throws when it has no such metric */
  async metric(name: string): Promise<number> {
    const { pod } = await this.controller();
    const path = `/api/v1/namespaces/istio-system/pods/${pod}:8080/proxy/metrics`;
    const text = await this.cluster.kubectl(["get", "--raw", path]);
    const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, "gm"))].map(([, value]) => Number(value));
    assert.ok(values.length > 0, `${name} is not in ${text}`);
    return values.reduce((sum, value) => sum + value, 0);
  }
}
