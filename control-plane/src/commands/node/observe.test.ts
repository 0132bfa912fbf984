// `expedite node observe` on a node made of namespaces: it says what the agent then does, changes nothing, and names what is wrong.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ladderSpec, nodeState, putLadder, putNodeAndPods } from "../../../test/agent-cluster.ts";
import { desired, uplink } from "../../../test/agent-node.ts";
import { nodeName, programNode } from "../../../test/agent-program.ts";
import { scavengerCopy } from "../../../test/scavenger-object.ts";
import { withoutNamespaces } from "../../../test/veth-pair.ts";
import { nodeReconciler } from "../../agent/reconcile-node.ts";
import { CommandError } from "../../node/namespace.ts";
import type { NodePlan } from "./observe.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await programNode("obs") : undefined;
const folder = mkdtempSync(join(tmpdir(), "expedite-observe-"));
after(async () => {
  rmSync(folder, { recursive: true });
  await node?.remove();
});

const cli = join(import.meta.dirname, "../../cli.ts");
const file = join(folder, "objects.json");

/** The same objects as putNodeAndPods and putLadder make. */
function writeObjects(spec: object, name = nodeName): void {
  const pods = [
    ["a", 1, {}],
    ["b", 2, { "expedite.dev/level": "batch" }],
  ] as const;
  const items = [
    { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", metadata: { name: "default" }, spec },
    { apiVersion: "v1", kind: "Node", metadata: { name, labels: { pool: "general" } } },
    ...pods.map(([namespace, last, labels]) => ({
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "db-0", namespace, labels: { app: "db", ...labels } } },
      spec: { nodeName: name },
      status: { podIP: `10.99.0.${last}`, podIPs: [{ ip: `10.99.0.${last}` }, { ip: `fd99::${last}` }] },
    })),
  ];
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

const observe = (...args: readonly string[]): Promise<string> =>
  node!.host(process.execPath, [cli, "node", "observe", "--node", nodeName, ...place(), ...args]);
const place = (): readonly string[] => ["--namespaces", node!.there.folder];
const planned = async (...args: readonly string[]): Promise<NodePlan> => JSON.parse(await observe("--json", ...args));
const changesIn = ({ links, pods }: NodePlan) =>
  [...links, ...pods].map((state) => ("change" in state ? state.change : state.reason));

test("says what the agent then changes, nothing once it has, and what it would remove; and changes nothing", {
  skip,
}, async () => {
  const untouched = await nodeState(node!);
  writeObjects(ladderSpec());
  const plan = await planned("-f", file);
  assert.equal(await nodeState(node!), untouched);
  const reconcile = nodeReconciler({ host: node!.host, folder: node!.there.folder, interval: 60_000 });
  const report = await reconcile(desired());
  assert.deepEqual(
    changesIn(plan),
    [...report.links, ...report.pods].map((state) => ("changed" in state ? withoutLeaf(state.changed) : state.reason)),
  );
  const ordered = await nodeState(node!);
  assert.deepEqual(changesIn(await planned("-f", file)), [[], [], [], [], []]);
  const text = await observe("-f", file);
  assert.match(text, /^n1, mode Enforce: 0 of 5 links and pods would change, 0 things would be removed\n/);
  assert.match(text, /^link db of a\/db-0 \(eth0\): in order\n/m);
  assert.match(text, /^pod b\/db-0 \(batch\): in order\n/m);

  writeObjects(ladderSpec({ mode: "Observe" }));
  const off = await planned("-f", file);
  assert.deepEqual(changesIn(await planned("-f", file, "--enforce")), [[], [], [], [], []]);
  assert.equal(await nodeState(node!), ordered);
  assert.deepEqual(off.remove, (await reconcile(desired(undefined, "Observe"))).removed);
  assert.ok(off.remove.length >= 9, off.remove.join(", "));
  assert.equal(await nodeState(node!), untouched);
});

test("says what it would do with the scavenger: load it, what connections get instead, or remove nothing", {
  skip,
}, async (t) => {
  const copy = scavengerCopy();
  t.after(copy.remove);
  const untouched = await nodeState(node!);
  // It has loaded none, and refuses whatever would change the kernel.
  writeFileSync(join(folder, "bpftool"), '#!/bin/sh\n[ "$*" = "struct_ops list" ]\n', { mode: 0o755 });
  const asking = [{ name: "interactive" }, { name: "batch", dscp: "CS1", congestionControl: "scavenger" }];
  const tools = `PATH=${folder}:${process.env.PATH}`;
  const seen = (object: string): Promise<string> =>
    node!.host("env", [
      tools,
      process.execPath,
      cli,
      "node",
      "observe",
      "--node",
      nodeName,
      ...place(),
      "-f",
      file,
      "--scavenger",
      object,
    ]);
  writeObjects(ladderSpec({ levels: asking }));
  assert.match(
    await seen(copy.object("0000a")),
    new RegExp(`^scavenger: load: TCP congestion control ${copy.name}$`, "m"),
  );
  assert.match(
    await seen(join(folder, "none.o")),
    /^scavenger: inactive: ObjectMissing: .*; its connections would use /m,
  );
  writeObjects(ladderSpec());
  assert.doesNotMatch(await seen(copy.object("0000a")), /scavenger|congestion/);
  assert.equal(await nodeState(node!), untouched);
});

/** The kernel of this machine may lack fq_codel, which only trying shows. */
function withoutLeaf(changed: readonly string[]): readonly string[] {
  return changed.map((text) => text.replace("leaf pfifo", "leaf fq_codel"));
}

test("reads the cluster when no file is given, and names the device that is missing", { skip }, async () => {
  const { api } = node!;
  putNodeAndPods(node!);
  putLadder(node!, ladderSpec({ links: [{ ...uplink, device: "eth7" }] }), 1);
  const kubeconfig = join(folder, "kubeconfig");
  const cluster = { server: api.url, "insecure-skip-tls-verify": true };
  const context = { name: "c", context: { cluster: "c", user: "u" } };
  const config = { "current-context": "c", contexts: [context], clusters: [{ name: "c", cluster }] };
  writeFileSync(kubeconfig, JSON.stringify({ ...config, users: [{ name: "u", user: {} }] }));
  const text = await observe("--kubeconfig", kubeconfig);
  assert.match(text, /^link uplink: inactive: DeviceNotFound: device: "eth7" does not exist; there are: lo, /m);
});

test("refused: no such node, no ladder, a relative folder, two sources", { skip }, async () => {
  writeObjects(ladderSpec(), "n2");
  const empty = join(folder, "empty.yaml");
  writeFileSync(empty, "{ apiVersion: v1, kind: Node, metadata: { name: n1 } }\n");
  for (const [args, message] of [
    [["-f", file], /^error: --node: the files have no Node "n1"; there are: n2$/m],
    [["-f", empty], /^error: the files have no PriorityLadder named default; add one/m],
    [["-f", file, "--namespaces", "run"], /^error: --namespaces: "run" is not an absolute path$/m],
    [["-f", file, "--kubeconfig", "k"], /^error: --file and --kubeconfig: allowed is one of them/m],
    [["--kubeconfig", join(folder, "absent")], /^error: .*absent/m],
  ] as const)
    await assert.rejects(observe(...args), (error: CommandError) => {
      assert.ok(error instanceof CommandError);
      assert.match(error.stderr, message);
      return true;
    });
});
