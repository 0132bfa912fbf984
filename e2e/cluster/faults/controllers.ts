// The controller or istiod is killed: the mesh keeps its configuration, and the next controller continues.
import assert from "node:assert/strict";
import { test } from "node:test";
import { available, podsGone } from "../../kubernetes/ready.ts";
import { waitUntil } from "../../process/wait.ts";
import { controllerPods, exportsPolicy, waitForCondition } from "../controller.ts";
import { podStarts } from "../pod-start.ts";
import type { Enrolled } from "./enrolled.ts";
import { callsByLevel } from "./level-connections.ts";
import { type PodTimes, printStarts } from "./new-pods.ts";

const deployment = ["-n", "istio-system", "scale", "deployment/expedite"];

export function controllerFaults(mesh: () => Enrolled, without: () => PodTimes): void {
  test("the only controller is killed: the next one applies the change made meanwhile", async () => {
    await mesh().withoutFailures("the only controller killed", async () => {
      await mesh().kill(controllerPods, "controller");
      await mesh().change();
      await mesh().inForce(60);
    });
  });

  test("without a controller, pods still start and send by level", async () => {
    const { kubectl } = mesh().cluster;
    await mesh().withoutFailures("no controller, and new pods", async () => {
      await kubectl([...deployment, "--replicas=0"]);
      await podsGone(kubectl, "istio-system", controllerPods);
      const times = await podStarts(kubectl, "orphan", without().length);
      await callsByLevel(mesh().cluster, "orphan-0");
      await mesh().change();
      await kubectl([...deployment, "--replicas=2"]);
      await mesh().inForce(60);
      printStarts("without a controller", without(), times);
    });
    await available(kubectl, "istio-system", "expedite");
  });

  test("the leader of two controllers is killed: the other one takes over and applies the change made meanwhile", async () => {
    const { kubectl } = mesh().cluster;
    const holder = ["-n", "istio-system", "get", "lease", "expedite", "-o", "jsonpath={.spec.holderIdentity}"];
    const leader = await kubectl(holder);
    const start = performance.now();
    await mesh().withoutFailures("the leader of two killed", async () => {
      await mesh().kill([`--field-selector=metadata.name=${leader}`], "controller");
      await mesh().change();
      const another = { what: "another leads", seconds: 30 };
      await waitUntil(another, async () => ![leader, ""].includes(await kubectl(holder)));
      console.log(`another one took over after ${Math.round((performance.now() - start) / 1000)} s`);
      await mesh().inForce();
    });
    await available(kubectl, "istio-system", "expedite");
  });

  test("istiod is killed and stays down: the status says so, and the change made meanwhile is applied once it is back", async () => {
    const { kubectl } = mesh().cluster;
    const scale = (replicas: number): Promise<string> =>
      kubectl(["-n", "istio-system", "scale", "deployment/istiod", `--replicas=${replicas}`]);
    await mesh().withoutFailures("istiod killed", async () => {
      await mesh().kill(["-l", "app=istiod"], "discovery");
      await scale(0);
      await mesh().change();
      await waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "Unknown", seconds: 45 });
      await scale(1);
      await mesh().inForce(90);
    });
    assert.equal(await mesh().restarts(), 0);
  });
}
