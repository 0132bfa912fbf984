// Expedite in a real mesh: the controller as a pod, bookinfo over two nodes under STRICT mTLS; a policy comes, works, changes and goes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { obstacle } from "../kubernetes/build/requirements.ts";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import { waitUntil } from "../process/wait.ts";
import { levelsOf, startBookinfo, visit } from "./bookinfo.ts";
import { configurations } from "./config-dump.ts";
import { conditions, controllerLog, startController, waitForCondition } from "./controller.ts";
import { assertUntouched, type Foreign, foreignObjects } from "./foreign.ts";
import { startLoad } from "./load.ts";
import { ladder, policy } from "./policies.ts";

const everywhere = (level: string) => ({ frontend: level, details: level, reviews: level, ratings: level });

describe("Expedite in a mesh", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  let foreign: Foreign;
  const apply = (text: string): Promise<string> => cluster.kubectl(["apply", "-f", "-"], text);

  before(async () => {
    const start = performance.now();
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    foreign = await foreignObjects(cluster.kubectl);
    await startController(cluster.kubectl);
    console.log(`ready after ${Math.round((performance.now() - start) / 1000)} s`);
  });
  after(() => cluster?.stop());

  test("a policy is programmed on every proxy", async () => {
    await apply(ladder("Enforce"));
    await apply(policy("/export"));
    await waitForCondition(cluster.kubectl, ["prio", "exports", "bookinfo"], "Programmed", "True", 60);
    await waitForCondition(cluster.kubectl, ["ladder", "default"], "Accepted", "True");
    // By their metrics' port, which is open under STRICT mTLS too.
    await waitUntil({ what: "the metrics of sampled proxies have the filter", seconds: 15 }, async () => {
      const found = await conditions(cluster.kubectl, "prio", "exports", "bookinfo");
      const { message = "" } = found.find(({ type }) => type === "Programmed") ?? {};
      assert.match(message, /the metrics of \d+ of them have the filter's configuration/);
      assert.doesNotMatch(message, /could not be read/);
      return true;
    });
  });

  test("a request has one level at every service that it reaches, on both nodes", async () => {
    // A proxy's filter starts its VMs after the acknowledgement: by ten requests every pod was asked.
    await waitUntil({ what: "every pod's filter classifies", seconds: 30 }, async () => {
      for (let index = 0; index < 10; index++)
        assert.deepEqual(levelsOf(await visit(cluster.kubectl, "/export/all")), everywhere("batch"));
      return true;
    });
    for (const from of ["caller-n1", "caller-n2"]) {
      assert.deepEqual(levelsOf(await visit(cluster.kubectl, "/export/all", from)), everywhere("batch"));
      // A call that no request caused is of the default level, and nobody has to say so.
      const home = { ...everywhere("interactive"), frontend: "" };
      assert.deepEqual(levelsOf(await visit(cluster.kubectl, "/home", from)), home);
    }
    assert.deepEqual(
      levelsOf(await visit(cluster.kubectl, "/export/all", "caller-n1", "gateway")),
      everywhere("batch"),
    );
  });

  test("the route in front of a Service's default one is like it in everything but the cluster", async () => {
    const compare = async (retries: number): Promise<true> => {
      const pairs = routePairs(await configurations(cluster.kubectl, ["bookinfo", "jobs"]));
      assert.ok(pairs.length > 10, `${pairs.length} pairs`);
      for (const { ours, istios } of pairs) {
        assert.deepEqual(ours, istios);
        assert.equal((istios.retry_policy as { num_retries: number }).num_retries, retries);
      }
      return true;
    };
    await compare(2);
    // The mesh's own retries, which the controller reads from istiod's mesh config every few seconds.
    const { data } = JSON.parse(await cluster.kubectl(["-n", "istio-system", "get", "cm", "istio", "-o", "json"]));
    const set = (mesh: string): Promise<string> =>
      cluster.kubectl(["-n", "istio-system", "patch", "cm", "istio", "-p", JSON.stringify({ data: { mesh } })]);
    await set(`${data.mesh}\ndefaultHttpRetryPolicy: { attempts: 4, retryOn: gateway-error }\n`);
    try {
      await waitUntil({ what: "the route has the mesh's own retries", seconds: 45 }, () => compare(4));
    } finally {
      await set(data.mesh);
    }
    await waitUntil({ what: "the route has Istio's retries", seconds: 45 }, () => compare(2));
  });

  test("no request fails while the policy, the mode and the ladder come, change and go", async () => {
    const loads = [await startLoad(cluster, "/export/all"), await startLoad(cluster, "/home", "n2")];
    const programmed = () =>
      waitForCondition(cluster.kubectl, ["prio", "exports", "bookinfo"], "Programmed", "True", 30);
    for (const mode of ["Observe", "Enforce", "Disabled", "Enforce"]) {
      await apply(ladder(mode));
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      if (mode !== "Disabled") await programmed();
    }
    await cluster.kubectl(["delete", "prio", "exports", "-n", "bookinfo"]);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await apply(policy("/export"));
    await programmed();
    const results = await Promise.all(loads.map((load) => load.stop()));
    console.log(JSON.stringify(results));
    for (const { requests, failed, errors } of results) {
      assert.ok(requests > 100, `${requests} requests`);
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(cluster.kubectl)}`);
    }
  });

  test("no object of a user's was changed by us", () => assertUntouched(cluster.kubectl, foreign));
});

type Route = {
  readonly name?: string;
  readonly match: { readonly filter_state?: readonly { readonly string_match: { readonly exact: string } }[] };
  readonly route?: Readonly<Record<string, unknown>>;
};

/** The one that stands for default routes; others stand for users'. */
const isShared = ({ name, match }: Route): boolean =>
  name === "expedite" && match.filter_state?.[0]?.string_match.exact === "default";

/** Of every virtual host of every sidecar that has both: what the two routes do, without their clusters. */
function routePairs(dumps: ReadonlyMap<string, string>) {
  const hosts = [...dumps.values()].flatMap((text) =>
    [...JSON.parse(text)].flatMap(({ dynamic_route_configs: configs = [] }) =>
      configs.flatMap(({ route_config: config }: { route_config: { virtual_hosts?: { routes: Route[] }[] } }) =>
        (config.virtual_hosts ?? []).map(({ routes }) => routes),
      ),
    ),
  ) as Route[][];
  return hosts.flatMap((routes) => {
    const ours = routes.find((route) => isShared(route))?.route;
    const istios = routes.find(({ name }) => name === "default")?.route;
    if (ours === undefined || !String(istios?.cluster).startsWith("outbound|")) return [];
    const { cluster_specifier_plugin: _, ...rest } = ours;
    const { cluster: __, ...others } = istios!;
    return [{ ours: rest, istios: others }];
  });
}
