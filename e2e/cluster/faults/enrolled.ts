// A mesh in which the tests' ladder and policy are in force, with the faults that tests cause in it and the checks that they make.
import assert from "node:assert/strict";
import { applyObjects } from "../../kubernetes/apply.ts";
import { type Container, containerOf, killContainer } from "../../kubernetes/container.ts";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { waitUntil } from "../../process/wait.ts";
import { levelsOf, visit } from "../bookinfo.ts";
import { controllerLog, controllerPods, exportsPolicy, programmedState } from "../controller.ts";
import { type LoadResult, underLoad } from "../load.ts";
import { ladder, policy } from "../policies.ts";

export class Enrolled {
  readonly cluster: Cluster;
  #prefix = "";

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Applies the ladder, and a policy that gives requests for /export/all level batch. */
  async begin(): Promise<void> {
    await this.apply(ladder("Enforce"));
    await this.change();
    await this.inForce();
  }

  /** Replaces the policy by another one that still gives requests for /export/all level batch. */
  async change(): Promise<void> {
    this.#prefix = this.#prefix === "/export" ? "/export/a" : "/export";
    await this.apply(policy(this.#prefix));
  }

  apply(object: unknown): Promise<string> {
    return applyObjects(this.cluster.kubectl, typeof object === "string" ? object : JSON.stringify(object));
  }

  /**
   * Resolves once the policy's status says, for its current generation, that all proxies have it, and requests have the levels that it
   * gives them. @throws with the conditions and the controller's log
   */
  async inForce(seconds = 30): Promise<void> {
    let last = "";
    const isProgrammed = async (): Promise<boolean> => {
      const state = await programmedState(this.cluster.kubectl, exportsPolicy);
      last = state.said;
      return state.isProgrammed;
    };
    try {
      await waitUntil(
        { what: "the policy's current generation is programmed", seconds, detail: () => last },
        isProgrammed,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await controllerLog(this.cluster.kubectl)}`);
    }
    const expected = { "/export/all": "batch", "/export/b": this.#prefix === "/export" ? "batch" : "interactive" };
    // A proxy's filter starts its VMs after the acknowledgement.
    await waitUntil({ what: "requests have the levels of the current policy", seconds: 15 }, async () => {
      for (const [path, level] of Object.entries(expected))
        assert.equal(levelsOf(await visit(this.cluster.kubectl, path)).details, level, path);
      return true;
    });
  }

  /** Causes a fault under load of both levels, and asserts that no request fails. */
  async withoutFailures(what: string, fault: () => Promise<unknown>): Promise<void> {
    const { batch, others } = await underLoad(this.cluster, what, fault);
    await this.noneFailed(batch, others);
  }

  async noneFailed(...results: readonly LoadResult[]): Promise<void> {
    for (const { requests, failed, errors } of results) {
      assert.ok(requests > 20, `${requests} requests`);
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(this.cluster.kubectl)}`);
    }
  }

  /** Kills the first process in a pod of istio-system without any warning, and deletes the pod. */
  async kill(selector: readonly string[], container: string): Promise<void> {
    const killed = await containerOf(this.cluster, { namespace: "istio-system", pods: selector, container });
    await killContainer(killed);
    await this.cluster.kubectl(["-n", "istio-system", "delete", "pod", killed.pod, "--grace-period=0", "--force"]);
  }

  /** The container of the first running controller. */
  controller(): Promise<Container> {
    return containerOf(this.cluster, {
      namespace: "istio-system",
      pods: controllerPods,
      container: "controller",
    });
  }

  /** How many times the containers of controllers were restarted. */
  async restarts(): Promise<number> {
    const path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
    const counts = await this.cluster.kubectl(["-n", "istio-system", "get", "pods", ...controllerPods, "-o", path]);
    return counts.split(" ").reduce((sum, count) => sum + Number(count), 0);
  }

  /** A metric of the first controller, summed over all labels. @throws when it has no such metric */
  async metric(name: string): Promise<number> {
    const { pod } = await this.controller();
    const path = `/api/v1/namespaces/istio-system/pods/${pod}:8080/proxy/metrics`;
    const text = await this.cluster.kubectl(["get", "--raw", path]);
    const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, "gm"))].map(([, value]) => Number(value));
    assert.ok(values.length > 0, `${name} is not in ${text}`);
    return values.reduce((sum, value) => sum + value, 0);
  }
}
