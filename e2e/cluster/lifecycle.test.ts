// A policy's life under load: how soon it takes effect, what packets carry, and that nothing of it remains once it is gone.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { median } from "../measure/statistics.ts";
import { waitUntil } from "../process/wait.ts";
import { configurations, settledConfigurations } from "./config-dump.ts";
import { controllerLog, exportsPolicy, programmedState, startController, waitForCondition } from "./controller.ts";
import { markedPackets } from "./lifecycle/marked-packets.ts";
import { startLoad } from "./load.ts";
import { assertUntouched, type Foreign, foreignObjects } from "./others-objects.ts";
import { ladder, policy } from "./policies.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";
import { nothingWritten } from "./written.ts";

const namespaces = ["bookinfo", "jobs"];

describe("a policy's life", inCluster, () => {
  const mesh = sharedMesh();
  let foreign: Foreign;
  let untouched: ReadonlyMap<string, string>;
  const kubectl: Kubectl = (args, input) => mesh().kubectl(args, input);
  const apply = (text: string): Promise<string> => applyObjects(kubectl, text);
  const programmed = () => waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True" });

  before(async () => {
    foreign = await foreignObjects(kubectl);
    await startController(kubectl);
    // Proxies learn of the controller's own Service some time after it.
    const knowsController = (text: string): boolean => text.includes("||expedite.istio-system.svc");
    untouched = await settledConfigurations(kubectl, namespaces, knowsController);
  });

  /** Until the status says so. */
  async function millisUntilProgrammed(text: string): Promise<number> {
    const start = performance.now();
    await kubectl(["apply", "-f", "-"], text);
    await waitUntil(
      { what: "the change is programmed", seconds: 30, detail: () => text },
      async () => (await programmedState(kubectl, exportsPolicy)).isProgrammed,
    );
    return performance.now() - start;
  }

  test("the time from kubectl apply until the last proxy has the policy is measured ten times and printed", async () => {
    await apply(ladder("Enforce"));
    const times: number[] = [await millisUntilProgrammed(policy("/export"))];
    for (let index = 1; index < 10; index++) times.push(await millisUntilProgrammed(policy(`/export${index}`)));
    console.log(`apply to programmed, ms: ${times.map(Math.round).join(" ")}; median ${Math.round(median(times))}`);
    await apply(policy("/export"));
    await programmed();
  });

  markedPackets(mesh, () => millisUntilProgrammed(policy("/export")));

  test("no request fails while a policy is applied, changed and deleted twenty times under load", async () => {
    const loads = [await startLoad(mesh(), "/export/all", "n1"), await startLoad(mesh(), "/export/all", "n2")];
    const start = performance.now();
    let cycles = 0;
    for (; cycles < 20; cycles++) {
      // In half of the cycles each step is in force before the next; in the others the next step comes while it is still on its way.
      const isAwaited = cycles % 2 === 0;
      for (const prefix of ["/export", "/exports"])
        if (isAwaited) await millisUntilProgrammed(policy(prefix));
        else await apply(policy(prefix)).then(() => sleep(500));
      await kubectl(["delete", "prio", "exports", "-n", "bookinfo"]);
      if (isAwaited) await nothingWritten(kubectl, "bookinfo");
      else await sleep(500);
    }
    const seconds = (performance.now() - start) / 1000;
    const results = await Promise.all(loads.map((load) => load.stop()));
    console.log(`${cycles} cycles in ${Math.round(seconds)} s: ${JSON.stringify(results)}`);
    for (const { failed, errors } of results)
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(kubectl)}`);
  });

  test("a ladder that is switched off leaves every proxy as it was before", async () => {
    await apply(policy("/export"));
    await programmed();
    await apply(ladder("Disabled"));
    await waitUntil({ what: "every proxy is as it was, and has drained its listeners", seconds: 100 }, async () => {
      const now = await configurations(kubectl, namespaces);
      for (const [pod, text] of untouched)
        assert.ok(now.get(pod) === text, `${pod} differs: ${difference(text, now.get(pod) ?? "")}`);
      return true;
    });
    await nothingWritten(kubectl);
  });

  test("the users' objects did not change", () => assertUntouched(kubectl, foreign));
});

function difference(a: string, b: string): string {
  let at = 0;
  while (a[at] === b[at] && at < a.length) at++;
  return `…${a.slice(Math.max(0, at - 80), at + 160)}… ≠ …${b.slice(Math.max(0, at - 80), at + 160)}…`;
}
