// `expedite status` and `expedite uninstall` against a real API server, and who may read the debug API.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startCluster } from "../../kubernetes/cluster.ts";
import { served } from "../../kubernetes/ready.ts";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { inCluster } from "../suite.ts";
import { expedite, runModule } from "./expedite.ts";
import { istioKinds } from "./istio-kinds.ts";

const root = new URL("../../../", import.meta.url);
const file = (path: string): string => readFileSync(new URL(path, root), "utf8");

describe("the commands", inCluster, () => {
  let cluster: Cluster;
  const apply = (text: string): Promise<string> => cluster.kubectl(["apply", "-f", "-"], text);
  const names = async (...kinds: readonly string[]): Promise<string> =>
    (await cluster.kubectl(["get", kinds.join(","), "-A", "-o", "name"])).trim();
  before(async () => {
    cluster = await startCluster({ nodes: 0 });
    for (const namespace of ["istio-system", "shop", "bookinfo"])
      await cluster.kubectl(["create", "namespace", namespace]);
  });
  after(() => cluster?.stop());

  test("in a cluster without Expedite, status says so and uninstall has nothing to do", async () => {
    const status = await expedite(cluster, "status");
    assert.equal(status.code, 1, status.stderr);
    assert.match(status.stdout, /There is no PriorityLadder and no PriorityPolicy/);
    const { code, stdout, stderr } = await expedite(cluster, "uninstall", "--yes");
    assert.deepEqual([code, stdout, stderr], [0, "Nothing to remove.\n", ""]);
  });

  test("status of objects that no controller has seen yet", async () => {
    await apply(istioKinds);
    for (const name of ["priorityladders", "prioritypolicies"]) await apply(file(`manifests/crd/${name}.yaml`));
    await served(cluster.kubectl, ["envoyfilters", "destinationrules", "priorityladders", "prioritypolicies"]);
    await apply(file("manifests/controller.yaml"));
    await apply(file("e2e/cluster/commands/objects.yaml"));
    await apply(file("manifests/samples/ladder.yaml"));
    await apply(file("manifests/samples/bookinfo.yaml"));
    const { code, stdout } = await expedite(cluster, "status");
    assert.equal(code, 1);
    assert.match(stdout, /^✗ not everything is in force\n.*no replica leads, 0 of 1 ready$/m);
    assert.match(stdout, /^PriorityLadder {2}default {12}Observe {2}… no controller has read it yet$/m);
    assert.match(stdout, /^PriorityPolicy {2}bookinfo\/bookinfo {11}… no controller has read it yet$/m);
    assert.match(stdout, /the proxies are not known: no replica holds the Lease istio-system\/expedite/);
  });

  test("status shows the objects' conditions", async () => {
    const time = "2026-01-01T00:00:00Z";
    const conditions = [
      { type: "Accepted", status: "True", reason: "Accepted", message: "", lastTransitionTime: time },
      { type: "Programmed", status: "False", reason: "Invalid", message: "7 of 10 proxies", lastTransitionTime: time },
    ];
    const patch = ["patch", "prio", "bookinfo", "-n", "bookinfo", "--subresource=status", "--type=merge", "-p"];
    await cluster.kubectl([...patch, JSON.stringify({ status: { conditions } })]);
    const { stdout } = await expedite(cluster, "status");
    assert.match(stdout, /bookinfo\/bookinfo {11}✓ Accepted {2}✗ Programmed/);
    assert.match(stdout, /^✗ bookinfo\/bookinfo: Programmed Invalid: 7 of 10 proxies$/m);
    const json = JSON.parse((await expedite(cluster, "status", "--json")).stdout);
    assert.equal(json.policies[1].conditions[1].reason, "Invalid");
    assert.equal(json.isProgrammed, false);
  });

  test("a missing context and an unreachable server are named", async () => {
    assert.match(
      (await expedite(cluster, "status", "--context", "prod")).stderr,
      /--context: there is no "prod"; allowed: /,
    );
    assert.match((await expedite(cluster, "status", "--kubeconfig", "/none")).stderr, /\/none/);
  });

  test("the debug API is open to an account bound to expedite-viewer, and to no other", async () => {
    const ask = async (account: string, path: string): Promise<string> => {
      const token = (await cluster.kubectl(["-n", "shop", "create", "token", account])).trim();
      const { stdout, stderr } = await runModule(
        cluster,
        `
        import { connect } from ${JSON.stringify(new URL("control-plane/src/kube/cluster.ts", root).href)};
        import { authorizer } from ${JSON.stringify(new URL("control-plane/src/kube/token-review.ts", root).href)};
        console.log(await authorizer(connect({}).server)(${JSON.stringify(token)}, ${JSON.stringify(path)}));`,
      );
      return stdout.trim() || stderr;
    };
    assert.equal(await ask("reader", "/expedite/plan"), "true");
    assert.equal(await ask("stranger", "/expedite/plan"), "false");
    // This is why the permission's path is not the path of the API: every account may read /api.
    assert.equal(await ask("stranger", "/api/v1/plan"), "true");
    const forged = await runModule(
      cluster,
      `
      import { connect } from ${JSON.stringify(new URL("control-plane/src/kube/cluster.ts", root).href)};
      import { authorizer } from ${JSON.stringify(new URL("control-plane/src/kube/token-review.ts", root).href)};
      console.log(await authorizer(connect({}).server)("forged", "/expedite/plan"));`,
    );
    assert.equal(forged.stdout.trim(), "false", forged.stderr);
  });

  test("uninstall --dry-run prints the steps in order and changes nothing; without a terminal, uninstall asks for --yes", async () => {
    const before = await names("envoyfilters", "destinationrules", "deployments", "prio", "ladder");
    const { code, stdout, stderr } = await expedite(cluster, "uninstall", "--dry-run");
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /1\. Stop.*2\. Remove filters and routes: 2 EnvoyFilters\n.*3\. Wait.*4\. Remove the levels' subsets: 1 DestinationRule\n/s,
    );
    const refused = await expedite(cluster, "uninstall");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /add --yes to go on/);
    assert.equal(await names("envoyfilters", "destinationrules", "deployments", "prio", "ladder"), before);
  });

  test("uninstall removes what Expedite wrote, leaves everything else, and lists what is left", async () => {
    const { code, stdout, stderr } = await expedite(cluster, "uninstall", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(
      stdout,
      /Left as they are \(--all removes them too\):\n {2}1 PriorityLadder, 1 PriorityPolicy, which users wrote\n {2}2 Custom/,
    );
    assert.equal(
      await names("envoyfilters", "destinationrules", "deployments", "prio", "ladder"),
      [
        "envoyfilter.networking.istio.io/mine",
        "destinationrule.networking.istio.io/mine",
        "prioritypolicy.expedite.dev/bookinfo",
        "priorityladder.expedite.dev/default",
      ].join("\n"),
    );
    assert.doesNotMatch(await names("services", "sa", "clusterroles"), /expedite/);
    assert.match((await expedite(cluster, "uninstall", "--yes")).stdout, /^Nothing to remove\./);
  });

  test("uninstall --all also removes the CRDs; a second run finds nothing", async () => {
    const { code, stdout, stderr } = await expedite(cluster, "uninstall", "--yes", "--all");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Expedite is gone from the mesh\.\n$/);
    assert.doesNotMatch(await names("crd"), /expedite/);
    assert.equal((await expedite(cluster, "uninstall", "--yes", "--all")).stdout, "Nothing to remove.\n");
  });
});
