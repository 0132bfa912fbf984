// The agent's reconcile of a node, in real namespaces: an uplink and two pods, a second run without changes, removal, and repair after kill -9.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { agentNode, desired, kernelState, podLink, uplink } from "../../test/agent-node.ts";
import { withoutNamespaces } from "../../test/veth-pair.ts";
import { inNamespace } from "../node/namespace.ts";
import { isActive, type NodeReport } from "./node-report.ts";
import { type NodeOptions, nodeReconciler } from "./reconcile-node.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await agentNode("agent") : undefined;
after(() => node?.remove());

const reconciler = (more: Partial<NodeOptions> = {}) =>
  nodeReconciler({ host: node!.host, folder: node!.there.folder, interval: 60_000, ...more });
const off = desired([podLink, uplink], "Disabled");

async function state(): Promise<string> {
  const { host, pair } = node!;
  return (await Promise.all([host, pair.left, pair.right].map(kernelState))).join("\n---\n");
}

/** `db a/db-0 eth0`, or the reason in place of the device. */
const linesOf = ({ links, pods }: NodeReport): string[] => [
  ...links.map((entry) => {
    const place = entry.pod === undefined ? "" : ` ${entry.namespace}/${entry.pod}`;
    return `${entry.link}${place} ${isActive(entry) ? entry.device : entry.reason}`;
  }),
  ...pods.map(
    (entry) => `${entry.namespace}/${entry.pod} ${isActive(entry) ? (entry.level ?? "answers") : entry.reason}`,
  ),
];
const allActive = ["db a/db-0 eth0", "db b/db-0 eth0", "uplink up0", "a/db-0 answers", "b/db-0 batch"];
const changedIn = ({ links, pods }: NodeReport): readonly string[] =>
  [...links, ...pods].flatMap((entry) => (isActive(entry) ? entry.changed : [entry.problem]));

test("orders every link, then finds nothing to change, and restores the node when nothing is wanted any more", {
  skip,
}, async () => {
  const before = await state();
  const reconcile = reconciler();
  const first = await reconcile(desired());
  assert.deepEqual(linesOf(first), allActive, JSON.stringify(first));
  assert.ok(changedIn(first).length > 0);
  const ordered = await state();
  for (const again of [await reconcile(desired()), await reconciler()(desired())]) {
    assert.deepEqual([linesOf(again), changedIn(again), again.removed, again.problems], [allActive, [], [], []]);
    assert.equal(await state(), ordered);
  }
  // A link is removed: its queue goes, and the marks of the pods stay.
  const less = await reconcile(desired([uplink]));
  assert.deepEqual(linesOf(less), ["uplink up0", "a/db-0 answers", "b/db-0 batch"]);
  assert.deepEqual(less.removed, [
    "nft chain of eth0",
    "nft chain of eth0",
    "qdisc htb 7a1: of eth0",
    "qdisc htb 7a1: of eth0",
  ]);
  // An agent without memory of earlier reconciles.
  assert.ok((await reconciler()(off)).removed.length > 0);
  assert.equal(await state(), before);
  assert.deepEqual(await reconcile(off), { links: off.inactiveLinks, pods: [], removed: [], problems: [] });
});

test("pods in order are read once in each interval, which finds what others changed", { skip }, async () => {
  let time = 0;
  let entered: string[] = [];
  const reconcile = reconciler({
    now: () => time,
    enter: (name, folder) => {
      const run = inNamespace(name, folder);
      return run === undefined
        ? undefined
        : (command, args, input) => {
            for (const [, file] of args.join("\n").matchAll(/\/(cni-\w+)/g)) entered.push(file!);
            return run(command, args, input);
          };
    },
  });
  const pass = async (intervals: number) => {
    time += intervals * 60_000;
    entered = [];
    return reconcile(desired());
  };
  assert.ok(changedIn(await pass(0)).length > 0);
  await pass(0);
  assert.deepEqual(entered, []);
  // What was just changed is read once more soon, since a starting pod's own programs may interfere.
  assert.deepEqual(changedIn(await pass(1)), []);
  assert.deepEqual(entered.toSorted(), ["cni-a", "cni-b"]);
  await node!.pair.left("nft", ["flush", "ruleset"]);
  await node!.pair.right("tc", ["qdisc", "del", "dev", "eth0", "root"]);
  assert.deepEqual(changedIn(await pass(0)), []);
  const repaired = new Set(changedIn(await pass(1)));
  assert.deepEqual([...repaired].filter((text) => /^(nft|qdisc)/.test(text)).toSorted(), [
    ...["nft chain of eth0", "nft chain of the pod", "qdisc htb 7a1: (add)"],
  ]);
  // A change of the ladder is no matter of time.
  time += 1;
  assert.ok((await reconcile(desired([uplink]))).removed.length > 0);
  await reconcile(off);
});

test("what cannot be done is named, and the rest is still done", { skip }, async () => {
  const { pair, there } = node!;
  await pair.left("tc", ["qdisc", "add", "dev", "eth0", "root", "handle", "1:", "pfifo", "limit", "99"]);
  const before = await state();
  const links = [podLink, uplink, { ...uplink, name: "second" }, { ...uplink, name: "third", device: "bond7" }];
  const reconcile = reconciler();
  assert.deepEqual(linesOf(await reconcile(desired(links))), [
    ...["db a/db-0 ForeignQdisc", "db b/db-0 eth0", "second DeviceShared", "third DeviceNotFound", "uplink up0"],
    ...["a/db-0 answers", "b/db-0 batch"],
  ]);
  await reconcile(off);
  assert.equal(await state(), before);
  await pair.left("tc", ["qdisc", "del", "dev", "eth0", "root"]);

  there.drop("cni-b");
  assert.deepEqual(linesOf(await reconcile(desired())), [
    ...["db a/db-0 eth0", "db b/db-0 NamespaceNotFound", "uplink up0", "a/db-0 answers", "b/db-0 NamespaceNotFound"],
  ]);
  there.add("cni-b", pair.rightName);
  await reconcile(off);
});

test("killed before any command that changes something, the next agent repairs or removes", { skip }, async () => {
  const before = await state();
  await reconciler()(desired());
  const right = await state();
  await reconciler()(off);
  const script = fileURLToPath(new URL("../../test/agent-killed.ts", import.meta.url));
  const run = promisify(execFile);
  let wasKilled = true;
  for (let changes = 0; wasKilled; changes++) {
    wasKilled = await run(process.execPath, [script, "xp-agent-h", node!.there.folder, String(changes)]).then(
      () => false,
      (error: { signal?: string }) => {
        assert.equal(error.signal, "SIGKILL", String(error));
        return true;
      },
    );
    if (changes % 2 === 0) {
      const repaired = await reconciler()(desired());
      assert.deepEqual(linesOf(repaired), allActive, `killed at change ${changes}`);
      assert.equal(await state(), right, `killed at change ${changes}`);
    }
    await reconciler()(off);
    assert.equal(await state(), before, `killed at change ${changes}`);
  }
});
