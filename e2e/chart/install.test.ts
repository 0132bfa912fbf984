// The chart in a real API server without nodes: where it could not work it is refused; it is installed, a second release is refused, the account of the hook may do what the
// command does, and an uninstall leaves only the kinds and what users wrote.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { repository } from "../../release/bundle.ts";
import { chartFolder } from "../../release/chart/chart.ts";
import { apiServerUrl } from "../kubernetes/addresses.ts";
import { binaryOf, parts } from "../kubernetes/build/parts.ts";
import { obstacle } from "../kubernetes/build/requirements.ts";
import { startCluster } from "../kubernetes/cluster.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import type { Ended } from "../process/run.ts";
import { waitUntil } from "../process/wait.ts";
import { objectsOf, template, withoutHelm } from "./helm.ts";
import { namespaces, valueSets } from "./value-sets.ts";

const skip = obstacle() ?? withoutHelm;

describe("the chart in a cluster", { skip, timeout: 3_600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "install-"));
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ nodes: 0 });
    for (const name of ["istio-system", ...namespaces]) await cluster.kubectl(["create", "namespace", name]);
  });
  after(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  const helm = (...args: readonly string[]): Promise<Ended> =>
    cluster.run(["env", `HOME=${folder}`, binaryOf(parts.helm), ...args]);
  const install = (name: string, namespace: string, ...args: readonly string[]): Promise<Ended> =>
    helm("install", name, chartFolder, "--namespace", namespace, ...args);

  /** Names of what is in the cluster and belongs to Expedite, without Helm's own records. */
  async function present(): Promise<readonly string[]> {
    const kinds = "deploy,ds,job,svc,sa,role,rolebinding,clusterrole,clusterrolebinding,ns,crd,lease,netpol,pdb,quota";
    const names = await cluster.kubectl(["get", kinds, "--all-namespaces", "--output", "name"]);
    return names.split("\n").filter((name) => name.includes("expedite"));
  }
  const definitions = ["priorityladders", "prioritynodes", "prioritypolicies", "requestqueues"].map(
    (name) => `customresourcedefinition.apiextensions.k8s.io/${name}.expedite.dev`,
  );

  const istiod = (image: string): string =>
    JSON.stringify({
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "istiod", namespace: "istio-system" } },
      spec: {
        selector: { matchLabels: { app: "istiod" } },
        template: {
          metadata: { labels: { app: "istiod" } },
          spec: { containers: [{ name: "discovery", image }] },
        },
      },
    }).replace('"namespace":"istio-system"', '"namespace":"istio-system","labels":{"app":"istiod"}');
  const refused: readonly (readonly [string, string | undefined, readonly string[], RegExp])[] = [
    ["without istiod", undefined, [], /no istiod in namespace istio-system\. Install Istio 1\.30.*A managed mesh/],
    [
      "with an old istiod",
      "istio/pilot:1.29.2",
      [],
      /istiod in namespace istio-system is 1\.29\.2\. Expedite needs Istio 1\.30/,
    ],
    [
      ...(["without the kinds", "registry.example:5000/istio/pilot:1.30.1-distroless"] as const),
      ["--set", "crds.enabled=false"],
      /no priorityladders\.expedite\.dev\. Install the kinds of this version first/,
    ],
    ["with a typo", "istio/pilot:1.31.0", ["--set", "controler.replicas=2"], /'controler' not allowed/],
  ];
  for (const [what, image, args, message] of refused)
    test(`${what} it is refused, and nothing is created`, async () => {
      if (image !== undefined) await cluster.kubectl(["apply", "--filename", "-"], istiod(image));
      const { code, stderr } = await install("expedite", "istio-system", ...args);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.deepEqual(await present(), []);
    });

  test("beside one that Helm did not install it is refused, and nothing is created", async () => {
    const binding = {
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
      metadata: {
        name: "expedite-mesh",
        labels: { "app.kubernetes.io/name": "expedite", "app.kubernetes.io/component": "controller" },
      },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "expedite" },
      subjects: [{ kind: "ServiceAccount", name: "expedite", namespace: "mesh" }],
    };
    await cluster.kubectl(["create", "--filename", "-"], JSON.stringify(binding));
    const earlier = await present();
    const { code, stderr } = await install("expedite", "istio-system");
    assert.equal(code, 1);
    assert.match(stderr, /already in this cluster, in namespace mesh\. .*expedite uninstall --namespace mesh/);
    assert.deepEqual(await present(), earlier);
    await cluster.kubectl(["delete", "clusterrolebinding", "expedite-mesh"]);
  });

  test("it is installed, and its notes show what to do next", async () => {
    const { code, stdout, stderr } = await install("expedite", "istio-system");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /changes no request until/);
  });

  test("a second release is refused, and changes nothing", async () => {
    const earlier = await present();
    const { code, stderr } = await install("other", "default");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /Expedite is already in this cluster, as release expedite in namespace istio-system\. .*uninstall it first/,
    );
    assert.deepEqual(await present(), earlier);
  });

  test("the add-on is accepted, and is the same as what the release has", async () => {
    const file = join(repository, "manifests/addon/expedite.yaml");
    const accepted = await cluster.kubectl(["apply", "--dry-run=server", "--filename", file]);
    assert.equal(accepted.trim().split("\n").length, objectsOf(readFileSync(file, "utf8")).length);
  });

  test("the hook's account may do everything that the command does", async () => {
    await cluster.kubectl(["apply", "--filename", join(repository, "manifests/samples/ladder.yaml")]);
    const hook = await template("--show-only", "templates/uninstall-hook.yaml");
    await cluster.kubectl(["apply", "--filename", "-"], hook);
    const token = (await cluster.kubectl(["-n", "istio-system", "create", "token", "expedite-uninstall"])).trim();
    const kubeconfig = join(folder, "kubeconfig");
    const parts = {
      contexts: [{ name: "hook", context: { cluster: "test", user: "hook" } }],
      clusters: [{ name: "test", cluster: { server: apiServerUrl, "insecure-skip-tls-verify": true } }],
      users: [{ name: "hook", user: { token } }],
    };
    writeFileSync(kubeconfig, JSON.stringify({ "current-context": "hook", ...parts }));
    const command = join(repository, "control-plane/src/cli.ts");
    const args = ["uninstall", "--yes", "--namespace", "istio-system", "--kubeconfig", kubeconfig];
    const { code, stdout, stderr } = await cluster.run(["node", command, ...args]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Expedite is gone from the mesh/);
    await cluster.kubectl(["delete", "--filename", "-"], hook);
    assert.deepEqual(await present(), definitions);
  });

  test("Helm accepts that everything is gone, and the kinds and the ladder stay", async () => {
    const { code, stderr } = await helm("uninstall", "expedite", "--namespace", "istio-system", "--no-hooks");
    assert.equal(code, 0, stderr);
    assert.deepEqual(await present(), definitions);
    assert.match(await cluster.kubectl(["get", "priorityladders", "--output", "name"]), /default/);
  });

  test("with every option it is installed again", async () => {
    const options = ["controller.networkPolicy", "controller.podDisruptionBudget", "agent.resourceQuota"];
    const set = [...options.map((name) => `${name}.enabled=true`), "controller.replicas=2"].join(",");
    const { code, stderr } = await install("expedite", "istio-system", "--set", set);
    assert.equal(code, 0, stderr);
    for (const kind of ["networkpolicy", "poddisruptionbudget", "resourcequota"])
      assert.ok(
        (await present()).some((name) => name.startsWith(kind)),
        kind,
      );
  });

  for (const [what, args] of Object.entries(valueSets))
    test(`the API server accepts the chart ${what}`, async () => {
      const rendered = await template("--no-hooks", ...args);
      const accepted = await cluster.kubectl(["apply", "--dry-run=server", "--filename", "-"], rendered);
      assert.equal(accepted.trim().split("\n").length, objectsOf(rendered).length);
    });

  test("if the Job can't run, the uninstall ends and has removed nothing; without hooks it works", async () => {
    const earlier = await present();
    // No node could run the Job.
    const stuck = await helm("uninstall", "expedite", "--namespace", "istio-system", "--timeout", "5s");
    assert.equal(stuck.code, 1);
    assert.match(stuck.stderr, /Job\/istio-system\/expedite-uninstall not ready/);
    const hook = /expedite-uninstall/;
    assert.deepEqual(
      (await present()).filter((name) => !hook.test(name)),
      earlier,
    );
    const { code, stderr } = await helm("uninstall", "expedite", "--namespace", "istio-system", "--no-hooks");
    assert.equal(code, 0, stderr);
    // As docs/operations/uninstall.md says.
    const kinds = "job,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding";
    const left = "app.kubernetes.io/name=expedite-uninstall";
    await cluster.kubectl(["delete", kinds, "--all-namespaces", "--selector", left]);
    const detail = async (): Promise<string> => (await present()).join("\n");
    await waitUntil({ what: "only the kinds are left", seconds: 30, detail }, async () =>
      isDeepStrictEqual(await present(), definitions),
    );
  });
});
