// `expedite diff` against a real API server: which differences it shows, which it ignores, and that it changes nothing.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startCluster } from "../../kubernetes/cluster.ts";
import { served } from "../../kubernetes/ready.ts";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { inCluster } from "../suite.ts";
import { byExpedite } from "../written.ts";
import { expedite } from "./expedite.ts";
import { istioKinds } from "./istio-kinds.ts";

const root = join(import.meta.dirname, "../../..");
const input = join(root, "control-plane/testdata/enrolled-namespaces-choose-by-level/input.yaml");
const written = ["envoyfilters,destinationrules", "-A", ...byExpedite];

describe("expedite diff", inCluster, () => {
  let cluster: Cluster;
  let folder: string;
  const apply = (text: string): Promise<string> => cluster.kubectl(["apply", "-f", "-"], text);
  const versions = (): Promise<string> =>
    cluster.kubectl([
      "get",
      ...written,
      "-o",
      "jsonpath={range .items[*]}{.metadata.uid}{.metadata.resourceVersion} {end}",
    ]);
  const titles = (stdout: string): readonly string[] =>
    [...stdout.matchAll(/^# (.*)$/gm)].map(([, title = ""]) => title);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "diff-"));
    cluster = await startCluster({ nodes: 0 });
  });
  after(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a cluster without the CRDs of Istio or Expedite fails with exit code 2", async () => {
    const files = await expedite(cluster, "diff", "-f", input);
    assert.deepEqual([files.code, files.stdout], [2, ""]);
    assert.match(
      files.stderr,
      /^error: the cluster has no kind (EnvoyFilter|DestinationRule) .*: is Istio installed\?$/m,
    );
    const live = await expedite(cluster, "diff");
    assert.deepEqual([live.code, live.stdout], [2, ""]);
  });

  test("files, before anything is written: every object is new, in the order of writing, and the module is shown by its digest", async () => {
    await apply(istioKinds);
    await served(cluster.kubectl, ["envoyfilters", "destinationrules"]);
    for (const name of ["istio-system", "shop"]) await cluster.kubectl(["create", "namespace", name]);
    const { code, stdout, stderr } = await expedite(cluster, "diff", "-f", input);
    assert.equal(code, 1, stderr);
    assert.ok(titles(stdout).length > 5);
    for (const title of titles(stdout)) assert.match(title, /: added$/);
    assert.match(stdout, /^\+ +inline_bytes: \(\d+ bytes, sha256 [0-9a-f]{16}\)$/m);
    assert.doesNotMatch(stdout, /[A-Za-z0-9+/]{200}/);
    // The namespace does not exist yet either.
    assert.match(stdout, /^# jobs\.EnvoyFilter\.expedite-filter: added/m);
    assert.equal(await cluster.kubectl(["get", "envoyfilters", "-A", "-o", "name"]), "");
  });

  test("once the objects are as the controller writes them, nothing differs, whatever the API server and users add", async () => {
    await cluster.kubectl(["create", "namespace", "jobs"]);
    await withDefault();
    const output = join(folder, "objects");
    const rendered = await expedite(cluster, "render", "-f", input, "--target", "istio", "-o", output);
    assert.equal(rendered.code, 0, rendered.stderr);
    const text = readdirSync(output).map((name) => readFileSync(join(output, name), "utf8"));
    await cluster.kubectl(["apply", "--server-side", "--field-manager=expedite", "-f", "-"], text.join("---\n"));
    const rule = "destinationrules";
    assert.match(await cluster.kubectl(["get", rule, "-n", "shop", "-o", "yaml"]), /madeUp: by the API server/);
    await cluster.kubectl(["annotate", rule, "-n", "shop", "--all", "example.org/seen=yes"]);
    const before = await versions();
    const same = await expedite(cluster, "diff", "-f", input);
    assert.deepEqual([same.code, same.stdout], [0, ""], same.stderr);
    const json = JSON.parse((await expedite(cluster, "diff", "-f", input, "--json")).stdout);
    assert.deepEqual([json.isSame, json.differences, json.same], [true, [], text.length]);
    assert.equal(await versions(), before);
  });

  test("a changed file shows how its objects would change; a manual edit shows how it would be reverted", async () => {
    const changed = join(folder, "changed.yaml");
    writeFileSync(changed, readFileSync(input, "utf8").replace("dscp: CS1", "dscp: AF11"));
    const { code, stdout } = await expedite(cluster, "diff", "-f", changed, "--json");
    assert.equal(code, 1);
    const { differences } = JSON.parse(stdout) as {
      readonly differences: readonly {
        readonly kind: string;
        readonly name: string;
        readonly lines: readonly string[];
      }[];
    };
    assert.deepEqual([...new Set(differences.map(({ name }) => name.replace(/-edge$/, "")))], ["expedite-clusters"]);
    // 8 and 10 in the form of IP_TOS.
    const [clusters] = differences.filter(({ name }) => name === "expedite-clusters");
    assert.deepEqual(
      clusters?.lines.filter((line) => /^[-+]/.test(line)).map((line) => line.replace(/ +/g, " ")),
      ["- - int_value: 32", "+ - int_value: 40"],
    );
    await cluster.kubectl([
      ...["patch", "envoyfilter", "expedite-clusters", "-n", "jobs"],
      "--type=merge",
      "-p",
      '{"spec":{"priority":3}}',
    ]);
    const back = await expedite(cluster, "diff", "-f", input);
    assert.match(
      back.stdout,
      /^# jobs\.EnvoyFilter\.expedite-clusters: changed$[\s\S]*^- {2}priority: 3\n\+ {2}priority: 2147483645$/m,
    );
    assert.equal(titles(back.stdout).length, 1);
  });

  test("an object that is no longer wanted is removed", async () => {
    const off = join(folder, "off.yaml");
    writeFileSync(off, readFileSync(input, "utf8").replace("mode: Enforce", "mode: Disabled"));
    const { code, stdout } = await expedite(cluster, "diff", "-f", off);
    assert.equal(code, 1);
    assert.ok(titles(stdout).length > 5);
    for (const title of titles(stdout)) assert.match(title, /: removed$/);
    assert.match(stdout, /^\+\+\+ \/dev\/null$/m);
  });

  test("a foreign object with a name of Expedite's is reported with exit code 2", async () => {
    await cluster.kubectl(["label", "envoyfilter", "expedite-clusters", "-n", "shop", "app.kubernetes.io/managed-by-"]);
    const { code, stdout, stderr } = await expedite(cluster, "diff", "-f", input);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(
      stderr,
      /^error: shop\.EnvoyFilter\.expedite-clusters: was not written by Expedite, and is left alone; rename or remove it$/m,
    );
    await cluster.kubectl([
      "label",
      "envoyfilter",
      "expedite-clusters",
      "-n",
      "shop",
      "app.kubernetes.io/managed-by=expedite",
    ]);
  });

  test("without files it reads the cluster's own policies, as the controller does", async () => {
    for (const name of ["priorityladders", "prioritypolicies"])
      await apply(readFileSync(join(root, `manifests/crd/${name}.yaml`), "utf8"));
    await served(cluster.kubectl, ["priorityladders", "prioritypolicies"]);
    const none = await expedite(cluster, "diff");
    assert.equal(none.code, 1);
    assert.match(
      none.stderr,
      /^warning: there is no PriorityLadder named default, so the controller would remove everything that it wrote$/m,
    );
    assert.ok(titles(none.stdout).every((title) => title.includes(": removed")));
    // Without Pods and Gateway, the gateway's objects would be removed and those of the namespaces would stay.
    const documents = readFileSync(input, "utf8").split("---\n");
    const applied = documents.filter((text) => !/kind: (Pod|Gateway|HTTPRoute)\b/.test(text));
    await apply(applied.join("---\n"));
    const live = await expedite(cluster, "diff", "--json");
    assert.equal(live.code, 1, live.stderr);
    const { differences } = JSON.parse(live.stdout) as {
      readonly differences: readonly { readonly namespace: string; readonly name: string; readonly change: string }[];
    };
    const removed = differences.filter(({ change }) => change === "removed").map(({ name }) => name);
    assert.deepEqual(removed.filter((name) => name.endsWith("-edge")).length, 3);
    assert.ok(!differences.some(({ name }) => name === "expedite-filter"), live.stdout.slice(0, 2000));
  });

  test("an unreachable server and an invalid file are named, with exit code 2", async () => {
    const nowhere = join(folder, "nowhere.conf");
    const config = JSON.parse(await cluster.kubectl(["config", "view", "--raw", "-o", "json"]));
    config.clusters[0].cluster.server = "https://127.0.0.1:1";
    writeFileSync(nowhere, JSON.stringify(config));
    const unreachable = await expedite(cluster, "diff", "--kubeconfig", nowhere);
    assert.equal(unreachable.code, 2);
    assert.match(unreachable.stderr, /127\.0\.0\.1:1/);
    const wrong = await expedite(cluster, "diff", "-f", join(folder, "none.yaml"));
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /none\.yaml: does not exist/);
    assert.equal((await expedite(cluster, "diff", "--fast")).code, 2);
  });

  /** The API server fills in a field that nobody sends, as it does for many kinds. */
  async function withDefault(): Promise<void> {
    const spec = {
      ...{ type: "object", "x-kubernetes-preserve-unknown-fields": true, default: {} },
      properties: { madeUp: { type: "string", default: "by the API server" } },
    };
    const path = "/spec/versions/0/schema/openAPIV3Schema/properties";
    const patch = JSON.stringify([{ op: "add", path, value: { spec } }]);
    await cluster.kubectl(["patch", "crd", "destinationrules.networking.istio.io", "--type=json", "-p", patch]);
  }
});
