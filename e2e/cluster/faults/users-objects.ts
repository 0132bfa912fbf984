// Users' own objects on enrolled hosts, and an invalid policy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../process/wait.ts";
import { conditions, controllerLog, exportsPolicy, waitForCondition } from "../controller.ts";
import type { Enrolled } from "./enrolled.ts";
import { demotes } from "./level-connections.ts";

const meta = { name: "ratings", namespace: "bookinfo" };
const istio = { apiVersion: "networking.istio.io/v1", metadata: meta };
const rule = (subsets: readonly string[]) => ({
  ...{ ...istio, kind: "DestinationRule" },
  spec: { host: "ratings", subsets: subsets.map((version) => ({ name: version, labels: { version } })) },
});
const service = (subset: string) => ({
  ...{ ...istio, kind: "VirtualService" },
  spec: { hosts: ["ratings"], http: [{ route: [{ destination: { host: "ratings", subset } }] }] },
});
const scope = (hosts: readonly string[]) => ({ ...istio, kind: "Sidecar", spec: { egress: [{ hosts }] } });

const routeFilter = {
  ...{ apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" },
  metadata: { name: "routes", namespace: "bookinfo" },
  spec: {
    configPatches: [
      {
        ...{ applyTo: "HTTP_ROUTE", match: { context: "SIDECAR_OUTBOUND" } },
        patch: { operation: "MERGE", value: { route: { max_stream_duration: { max_stream_duration: "60s" } } } },
      },
    ],
  },
};

const wrong = {
  ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityPolicy" },
  metadata: { name: "wrong", namespace: "bookinfo" },
  spec: { targetRefs: [{ kind: "Service", name: "nothing" }], rules: [{ name: "all", level: "batch" }] },
};

const wrongPolicy = { kind: "prio", name: "wrong", namespace: "bookinfo" } as const;

export function usersObjects(mesh: () => Enrolled): void {
  test("a user's VirtualService, DestinationRule and Sidecar are created, changed and deleted on an enrolled host", async () => {
    const steps = [
      ...[rule(["v1"]), rule(["v1", "v2"]), service("v1"), service("v2")],
      ...[scope(["./*", "istio-system/*"]), scope(["*/*"])],
    ];
    await mesh().withoutFailures("a user's DestinationRule, VirtualService and Sidecar", async () => {
      for (const step of steps) {
        await mesh().apply(step);
        await sleep(2_500);
      }
      await mesh().inForce();
      for (const kind of ["sidecar", "virtualservice", "destinationrule"]) {
        await mesh().cluster.kubectl(["-n", "bookinfo", "delete", kind, "ratings"]);
        await sleep(2_000);
      }
      await mesh().inForce();
    });
    await demotes(mesh().cluster);
  });

  test("a user's EnvoyFilter changes routes: until it is gone, its namespace's requests share connections and the status says so", async () => {
    const { kubectl } = mesh().cluster;
    await mesh().withoutFailures("a user's EnvoyFilter on routes", async () => {
      await mesh().apply(routeFilter);
      const message = "RouteNotPrioritised: EnvoyFilter bookinfo/routes: spec.configPatches[0].patch";
      const detail = (): Promise<string> => controllerLog(kubectl);
      await waitUntil({ what: `the policy says ${message}`, seconds: 30, detail }, async () =>
        (await conditions(kubectl, exportsPolicy)).some((one) => one.message.includes(message)),
      );
      await kubectl(["-n", "bookinfo", "delete", "envoyfilter", "routes"]);
      await mesh().inForce();
    });
    await demotes(mesh().cluster);
  });

  test("an invalid policy says so in its status, and the others keep working", async () => {
    const { kubectl } = mesh().cluster;
    await mesh().withoutFailures("an invalid policy", async () => {
      await mesh().apply(wrong);
      await waitForCondition(kubectl, wrongPolicy, { type: "Accepted", status: "False" });
      const [accepted] = await conditions(kubectl, wrongPolicy);
      assert.deepEqual(
        [
          accepted?.reason,
          accepted?.message.startsWith("spec.targetRefs[0].name: is no Service of namespace bookinfo"),
        ],
        ["TargetNotFound", true],
      );
      await mesh().inForce();
      await kubectl(["delete", "prio", "wrong", "-n", "bookinfo"]);
    });
  });
}
