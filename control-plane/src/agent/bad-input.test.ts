// What a node cannot do, in real namespaces: each is named with its reason on the node's object and in the ladder's condition, and whatever else
// the ladder wants is in order. Which reasons the ladder's own text can cause is in agent-bad-input.test.ts.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { agentNode, desired, podLink, uplink } from "../../test/agent-node.ts";
import { withoutNamespaces } from "../../test/veth-pair.ts";
import { nodeSummary } from "../kube/node-summary.ts";
import { CommandError, inNamespace, type Run } from "../node/namespace.ts";
import { enforced } from "../status/enforced.ts";
import { changing } from "./namespace.ts";
import { isActive, type NodeReport } from "./node-report.ts";
import { nodeStatus } from "./node-status.ts";
import { type NodeOptions, nodeReconciler } from "./reconcile-node.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await agentNode("badin") : undefined;
after(() => node?.remove());

const reconciler = (more: Partial<NodeOptions> = {}) =>
  nodeReconciler({ host: node!.host, folder: node!.there.folder, interval: 60_000, ...more });
const off = desired([podLink, uplink], "Disabled");

/** What users see: the worst of the node's object, and the ladder's message. */
function told(report: NodeReport): { readonly worst: string | undefined; readonly ladder: string } {
  const status = nodeStatus(report, { generation: 1 });
  const metadata = { name: "n1", uid: "u", resourceVersion: "1" };
  const summary = nodeSummary({ metadata, status } as unknown as Parameters<typeof nodeSummary>[0]);
  return {
    worst: status.worst,
    ladder: enforced({ generation: 1 }, [], { mode: "Enforce", nodes: [summary] }).message,
  };
}

const activeLinks = ({ links }: NodeReport): readonly string[] =>
  links.filter(isActive).map(({ link, namespace = "" }) => `${link} ${namespace}`.trim());

type Broken = (command: string, args: readonly string[], run: Run) => Promise<string> | undefined;

/** Replaces the results of commands in pod b. */
const inPodB = (broken: Broken): Partial<NodeOptions> => ({
  enter: (name, folder) => {
    const run = inNamespace(name, folder);
    if (name !== "cni-b" || run === undefined) return run;
    return (command, args, input) => broken(command, args, run) ?? run(command, args, input);
  },
});

const failing =
  (wanted: string, words: string): Broken =>
  (command, args) =>
    [command, ...args].join(" ") === wanted ? Promise.reject(new CommandError(wanted.split(" "), words)) : undefined;

const noHtb = "Error: Specified qdisc kind is unknown.\nCommand failed -:1";
const noNft = "Unable to initialize Netlink socket: Protocol not supported";
const denied: Run = async (command, args, input) => {
  if (command !== "bpftool") return node!.host(command, args, input);
  throw new CommandError([command, ...args], "Error: can't get next map: Operation not permitted");
};

/** `active`: the links that are in order all the same. */
const cases: readonly {
  readonly what: string;
  readonly options: () => Partial<NodeOptions>;
  readonly worst: string;
  readonly ladder: RegExp;
  readonly active: readonly string[];
}[] = [
  {
    what: "a rate above the device's speed",
    options: () => ({ actions: { ...changing, speedOf: () => 100e6 } }),
    worst: "uplink: RateAboveDevice",
    ladder: /n1: uplink: RateAboveDevice: rate: 1000000000 bit\/s is above the 100000000 of "up0"/,
    active: ["db a", "db b"],
  },
  {
    what: "a kernel without HTB",
    options: () => inPodB(failing("tc -batch -", noHtb)),
    worst: "db: b/db-0: KernelUnsupported",
    ladder: /n1: db: b\/db-0: KernelUnsupported: .*qdisc kind is unknown/,
    active: ["db a", "uplink"],
  },
  {
    what: "a kernel without nftables",
    options: () => inPodB(failing("nft -f -", noNft)),
    worst: "b/db-0: KernelUnsupported",
    ladder: /n1: (db: )?b\/db-0: KernelUnsupported: .*Protocol not supported/,
    active: ["db a", "uplink"],
  },
  {
    what: "no right to load BPF",
    options: () => ({
      host: denied,
      scavenger: new URL("../../../scavenger/scavenger.bpf.o", import.meta.url).pathname,
    }),
    worst: "scavenger: NotPermitted",
    ladder: /1 of 1 node without the scavenger: n1: NotPermitted, \w+ in its place: .*Operation not permitted/,
    active: ["db a", "db b", "uplink"],
  },
];

for (const { what, options, worst, ladder, active } of cases)
  test(`${what} is told on the node and the ladder, and the rest is in order`, { skip }, async (t) => {
    t.after(() => reconciler()(off));
    const batch = what.includes("BPF") ? ({ congestionControl: "scavenger" } as const) : {};
    const report = await reconciler(options())(desired(undefined, "Enforce", batch));
    const { worst: found, ladder: message } = told(report);
    assert.equal(found, worst, JSON.stringify(report));
    assert.match(message, ladder);
    assert.deepEqual(activeLinks(report).toSorted(), active);
  });

test("a namespace that goes midway is no reason while its pod ends, and is one if the pod stays", {
  skip,
}, async (t) => {
  const { there, pair } = node!;
  t.after(() => reconciler()(off));
  let isGone = false;
  const drop: Broken = (command) => {
    if (command === "tc" && !isGone) {
      isGone = true;
      there.drop("cni-b");
    }
    return undefined;
  };
  const reconcile = reconciler(inPodB(drop));
  const first = await reconcile(desired());
  assert.deepEqual(
    [...first.links, ...first.pods].flatMap((state) => (isActive(state) ? [] : [state.reason])),
    ["NamespaceGone", "NamespaceGone"],
  );
  assert.equal(told(first).worst, undefined);
  const second = await reconcile(desired());
  assert.equal(told(second).worst, "b/db-0: NamespaceNotFound");
  assert.match(told(second).ladder, /n1: .*b\/db-0: NamespaceNotFound/);
  for (const report of [first, second]) assert.deepEqual(activeLinks(report).toSorted(), ["db a", "uplink"]);
  there.add("cni-b", pair.rightName);
});
