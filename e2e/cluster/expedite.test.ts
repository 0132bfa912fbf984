// Expedite in a real mesh of two nodes under STRICT mTLS: a policy is created, takes effect, changes and is deleted.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { waitUntil } from "../process/wait.ts";
import { levelsOf, visit } from "./bookinfo.ts";
import { configurations } from "./config-dump.ts";
import { conditions, controllerLog, exportsPolicy, startController, waitForCondition } from "./controller.ts";
import { startLoad } from "./load.ts";
import { assertUntouched, type Foreign, foreignObjects } from "./others-objects.ts";
import { ladder, policy } from "./policies.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";
import { nothingWritten } from "./written.ts";

const everywhere = (level: string) => ({ frontend: level, details: level, reviews: level, ratings: level });

describe("Expedite in a mesh", inCluster, () => {
  const mesh = sharedMesh();
  let foreign: Foreign;
  const kubectl: Kubectl = (args, input) => mesh().kubectl(args, input);
  const apply = (text: string): Promise<string> => applyObjects(kubectl, text);

  before(async () => {
    foreign = await foreignObjects(kubectl);
    await startController(kubectl);
  });

  test("a policy is programmed on every proxy", async () => {
    await apply(ladder("Enforce"));
    await apply(policy("/export"));
    await waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True", seconds: 60 });
    await waitForCondition(kubectl, { kind: "ladder", name: "default" }, { type: "Accepted", status: "True" });
    // Read from their metrics port, which is open under STRICT mTLS too.
    await waitUntil({ what: "the metrics of sampled proxies have the filter", seconds: 15 }, async () => {
      const found = await conditions(kubectl, exportsPolicy);
      const { message = "" } = found.find(({ type }) => type === "Programmed") ?? {};
      assert.match(message, /the metrics of \d+ of them have the filter's configuration/);
      assert.doesNotMatch(message, /could not be read/);
      return true;
    });
  });

  test("a request has the same level at every service that it reaches, on both nodes", async () => {
    // A proxy's filter starts its VMs after the acknowledgement; ten requests reach every pod.
    await waitUntil({ what: "every pod's filter classifies", seconds: 30 }, async () => {
      for (let index = 0; index < 10; index++)
        assert.deepEqual(levelsOf(await visit(kubectl, "/export/all")), everywhere("batch"));
      return true;
    });
    for (const from of ["caller-n1", "caller-n2"]) {
      assert.deepEqual(levelsOf(await visit(kubectl, "/export/all", { from })), everywhere("batch"));
      // A call without a cause has the default level, and nobody has to configure that.
      const home = { ...everywhere("interactive"), frontend: "" };
      assert.deepEqual(levelsOf(await visit(kubectl, "/home", { from })), home);
    }
    assert.deepEqual(levelsOf(await visit(kubectl, "/export/all", { through: "gateway" })), everywhere("batch"));
  });

  test("the route in front of a Service's default route equals it in everything but the cluster", async () => {
    const compare = async (retries: number): Promise<true> => {
      const pairs = routePairs(await configurations(kubectl, ["bookinfo", "jobs"]));
      assert.ok(pairs.length > 10, `${pairs.length} pairs`);
      for (const { shared, original } of pairs) {
        assert.deepEqual(shared, original);
        assert.equal((original.retry_policy as { num_retries: number }).num_retries, retries);
      }
      return true;
    };
    await waitUntil({ what: "both routes exist and are equal", seconds: 30 }, () => compare(2));
    // The mesh's own retries, which the controller reads from istiod's mesh config every few seconds.
    const { data } = JSON.parse(await kubectl(["-n", "istio-system", "get", "cm", "istio", "-o", "json"]));
    const set = (mesh: string): Promise<string> =>
      kubectl(["-n", "istio-system", "patch", "cm", "istio", "-p", JSON.stringify({ data: { mesh } })]);
    await set(`${data.mesh}\ndefaultHttpRetryPolicy: { attempts: 4, retryOn: gateway-error }\n`);
    try {
      await waitUntil({ what: "the route has the mesh's own retries", seconds: 45 }, () => compare(4));
    } finally {
      await set(data.mesh);
    }
    await waitUntil({ what: "the route has Istio's retries", seconds: 45 }, () => compare(2));
  });

  test("no request fails while the policy, the mode and the ladder are created, changed and deleted", async () => {
    const loads = [await startLoad(mesh(), "/export/all"), await startLoad(mesh(), "/home", "n2")];
    const programmed = () => waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True" });
    for (const mode of ["Observe", "Enforce", "Disabled", "Enforce"]) {
      await apply(ladder(mode));
      if (mode === "Disabled") await nothingWritten(kubectl);
      else await programmed();
      // Effects of a change in the proxies can follow later, such as draining listeners.
      await sleep(4_000);
    }
    await kubectl(["delete", "prio", "exports", "-n", "bookinfo"]);
    await nothingWritten(kubectl, "bookinfo");
    await sleep(4_000);
    await apply(policy("/export"));
    await programmed();
    const results = await Promise.all(loads.map((load) => load.stop()));
    console.log(JSON.stringify(results));
    for (const { requests, failed, errors } of results) {
      assert.ok(requests > 20, `${requests} requests`);
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(kubectl)}`);
    }
  });

  test("the users' objects did not change", () => assertUntouched(kubectl, foreign));
});

type Route = {
  readonly name?: string;
  readonly match: { readonly filter_state?: readonly { readonly string_match: { readonly exact: string } }[] };
  readonly route?: Readonly<Record<string, unknown>>;
};

/** The shared route for default routes; other shared routes stand in for users' routes. */
const isShared = ({ name, match }: Route): boolean =>
  name === "expedite" && match.filter_state?.[0]?.string_match.exact === "default";

/** What the two routes do, without their clusters, for every virtual host of every sidecar that has both. */
function routePairs(dumps: ReadonlyMap<string, string>) {
  const hosts = [...dumps.values()].flatMap((text) =>
    [...JSON.parse(text)].flatMap(({ dynamic_route_configs: configs = [] }) =>
      configs.flatMap(({ route_config: config }: { route_config: { virtual_hosts?: { routes: Route[] }[] } }) =>
        (config.virtual_hosts ?? []).map(({ routes }) => routes),
      ),
    ),
  ) as Route[][];
  return hosts.flatMap((routes) => {
    const shared = routes.find((route) => isShared(route))?.route;
    const original = routes.find(({ name }) => name === "default")?.route;
    if (shared === undefined || !String(original?.cluster).startsWith("outbound|")) return [];
    const { cluster_specifier_plugin: _, ...rest } = shared;
    const { cluster: __, ...others } = original!;
    return [{ shared: rest, original: others }];
  });
}
