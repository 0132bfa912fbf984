// What goes wrong in a cluster, each under load: no request fails for it, the state comes back, and nothing of a user's is changed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { load, startBookinfo } from "./bookinfo.ts";
import { obstacle } from "./build/requirements.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { conditions, controllerLog, startController, waitForCondition } from "./controller.ts";
import { ladder, policy } from "./policies.ts";
import { waitUntil } from "./wait.ts";

const name = ["prio", "exports", "bookinfo"] as const;

describe("faults", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  const apply = (object: unknown): Promise<string> =>
    cluster.kubectl(["apply", "-f", "-"], typeof object === "string" ? object : JSON.stringify(object));
  const programmed = (seconds = 45) => waitForCondition(cluster.kubectl, name, "Programmed", "True", seconds);

  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    await startController(cluster.kubectl, 2);
    await apply(ladder("Enforce"));
    await apply(policy("/export"));
    await programmed(60);
  });
  after(() => cluster?.stop());

  /** Requests of both levels while `fault` happens and for the rest of `seconds`. */
  async function underLoad(seconds: number, fault: () => Promise<unknown>): Promise<void> {
    const running = [
      load(cluster.kubectl, "/export/all", seconds),
      load(cluster.kubectl, "/home", seconds, 4, "caller-n2"),
    ];
    await sleep(1_000);
    await fault();
    const results = await Promise.all(running);
    console.log(JSON.stringify(results.map(({ requests, failed, p99Millis }) => ({ requests, failed, p99Millis }))));
    for (const { failed, errors } of results)
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(cluster.kubectl)}`);
  }

  const pods = async (label: string): Promise<readonly string[]> =>
    (await cluster.kubectl(["-n", "istio-system", "get", "pods", "-l", label, "-o", "name"]))
      .split("\n")
      .filter(Boolean);
  const kill = (pod: string): Promise<string> =>
    cluster.kubectl(["-n", "istio-system", "delete", pod, "--grace-period=0", "--force"]);

  test("the leader of two controllers dies: the other takes over", async () => {
    const lease = ["-n", "istio-system", "get", "lease", "expedite", "-o", "jsonpath={.spec.holderIdentity}"];
    const leader = await cluster.kubectl(lease);
    await underLoad(25, async () => {
      await kill(`pod/${leader}`);
      await waitUntil(
        { what: "another leads", seconds: 23 },
        async () => ![leader, ""].includes(await cluster.kubectl(lease)),
      );
    });
    await apply(policy("/exports"));
    await programmed();
    await apply(policy("/export"));
    await programmed();
  });

  test("istiod dies", async () => {
    await underLoad(20, async () => Promise.all((await pods("app=istiod")).map(kill)));
    await cluster.kubectl(["-n", "istio-system", "rollout", "status", "deployment/istiod", "--timeout=60s"]);
    await programmed(60);
  });

  for (const [kind, object] of [
    ["envoyfilter", "expedite-routes"],
    ["destinationrule", undefined],
  ] as const)
    test(`our ${object ?? kind} is deleted by hand: it comes back`, async () => {
      const labels = ["-l", "app.kubernetes.io/managed-by=expedite"];
      const count = async (): Promise<number> =>
        (await cluster.kubectl(["-n", "bookinfo", "get", kind, ...labels, "-o", "name"])).split("\n").filter(Boolean)
          .length;
      const before = await count();
      await underLoad(10, () =>
        cluster.kubectl(["-n", "bookinfo", "delete", kind, ...(object === undefined ? labels : [object])]),
      );
      await waitUntil({ what: "it is there again", seconds: 15 }, async () => (await count()) === before);
      await programmed();
    });

  test("a user's VirtualService, DestinationRule and Sidecar come, change and go on an enrolled host", async () => {
    const meta = { name: "ratings", namespace: "bookinfo" };
    const rule = (subsets: readonly string[]) => ({
      ...{ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: meta },
      spec: { host: "ratings", subsets: subsets.map((version) => ({ name: version, labels: { version } })) },
    });
    const service = (subset: string) => ({
      ...{ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: meta },
      spec: { hosts: ["ratings"], http: [{ route: [{ destination: { host: "ratings", subset } }] }] },
    });
    const scope = {
      ...{
        apiVersion: "networking.istio.io/v1",
        kind: "Sidecar",
        metadata: { name: "default", namespace: "bookinfo" },
      },
      spec: { egress: [{ hosts: ["./*", "istio-system/*"] }] },
    };
    await underLoad(40, async () => {
      for (const step of [rule(["v1"]), rule(["v1", "v2"]), service("v1"), service("v2"), scope]) {
        await apply(step);
        await sleep(3_000);
      }
      await programmed();
      await cluster.kubectl(["-n", "bookinfo", "delete", "sidecar", "default"]);
      await sleep(2_000);
      await cluster.kubectl(["-n", "bookinfo", "delete", "virtualservice", "ratings"]);
      await sleep(2_000);
      await cluster.kubectl(["-n", "bookinfo", "delete", "destinationrule", "ratings"]);
    });
    await programmed();
  });

  test("a policy that is wrong says so, and the others go on", async () => {
    const wrong = {
      ...{
        apiVersion: "expedite.dev/v1alpha1",
        kind: "PriorityPolicy",
        metadata: { name: "wrong", namespace: "bookinfo" },
      },
      spec: { targetRefs: [{ kind: "Service", name: "nothing" }], rules: [{ name: "all", level: "batch" }] },
    };
    await apply(wrong);
    await waitForCondition(cluster.kubectl, ["prio", "wrong", "bookinfo"], "Accepted", "False");
    const [accepted] = await conditions(cluster.kubectl, "prio", "wrong", "bookinfo");
    assert.deepEqual(
      [accepted?.reason, accepted?.message.startsWith("spec.targetRefs[0].name: is no Service of namespace bookinfo")],
      ["TargetNotFound", true],
    );
    await programmed();
    await cluster.kubectl(["delete", "prio", "wrong", "-n", "bookinfo"]);
  });

  test("no object of the users' has a field of ours", async () => {
    const kinds =
      "namespaces,services,pods,deployments,gateways.gateway.networking.k8s.io,httproutes,virtualservices,destinationrules,envoyfilters,configmaps";
    const { items } = JSON.parse(
      await cluster.kubectl(["get", kinds, "-A", "-o", "json", "--show-managed-fields"]),
    ) as {
      readonly items: readonly {
        kind: string;
        metadata: { name: string; labels?: Record<string, string>; managedFields?: { manager: string }[] };
      }[];
    };
    const touched = items.filter(
      ({ metadata }) =>
        metadata.labels?.["app.kubernetes.io/managed-by"] !== "expedite" &&
        metadata.managedFields?.some(({ manager }) => manager.startsWith("expedite")),
    );
    assert.ok(items.length > 50);
    assert.deepEqual(
      touched.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      [],
    );
  });
});
