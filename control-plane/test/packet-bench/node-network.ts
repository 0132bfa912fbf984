// The network of the bench: a node with two pods, one of them labelled, whose uplink leads to another node, by a switch if one is asked for.
import { setTimeout as sleep } from "node:timers/promises";
import { type DesiredNode, desiredNode } from "../../src/agent/desired-node.ts";
import { isActive, type NodeReport } from "../../src/agent/node-report.ts";
import { type NodeReconciler, nodeReconciler } from "../../src/agent/reconcile-node.ts";
import { pod } from "../../src/api/kubernetes.ts";
import { priorityLadder } from "../../src/api/priority-ladder.ts";
import type { LevelCounters } from "../../src/node/level-counters.ts";
import { inNamespace, type Run } from "../../src/node/namespace.ts";
import { observe } from "../../src/node/observe.ts";
import { namespaceFolder } from "../namespace-folder.ts";

export type NodeNetwork = {
  readonly node: Run;
  readonly other: Run;
  readonly switch?: Run;
  /** For what listens on the other node: inside of the tunnel, if there is one. */
  readonly otherAddress: string;
  /** Names of network namespaces, for the programs that run in them. */
  readonly names: { readonly ls: string; readonly batch: string; readonly node: string; readonly other: string };
  readonly lsAddress: string;
  /** Lets the agent bring the node to this ladder. @throws if a link or pod is not active */
  readonly follow: (link: UplinkOptions) => Promise<NodeReport>;
  /** How much of a flow may be under way, bytes. */
  readonly setBuffers: (bytes: number) => Promise<void>;
  /** What the uplink's classes have sent, and what waits in them, the highest first. */
  readonly classes: () => Promise<readonly LevelCounters[]>;
  /** Resolves once nothing waits in the uplink: what an arm has left there would delay the next one. */
  readonly drained: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

type UplinkOptions = {
  readonly rate: string;
  readonly mode?: "Enforce" | "Observe";
  readonly markTunnels?: boolean;
  /** Whether the second pod has its label. */
  readonly isLabelled?: boolean;
};

export type NetworkOptions = {
  readonly name: string;
  /** A switch whose port to the other node has this rate in Mbit/s and orders its queue by DSCP; and VXLAN between the nodes. */
  readonly portRate?: number;
};

const underlay = { node: "10.91.0.1", other: "10.91.0.2" } as const;
const podAddress = { ls: "10.91.1.2", batch: "10.91.2.2" } as const;

export async function nodeNetwork({ name, portRate }: NetworkOptions): Promise<NodeNetwork> {
  const here = inNamespace(undefined)!;
  const names = { ls: `xp-${name}-l`, batch: `xp-${name}-b`, node: `xp-${name}-n`, other: `xp-${name}-o` };
  const switchName = `xp-${name}-s`;
  const all = [...Object.values(names), ...(portRate === undefined ? [] : [switchName])];
  for (const one of all) await here("ip", ["netns", "add", one]);
  const [ls, batch, node, other] = Object.values(names).map((one) => inNamespace(one)!) as [Run, Run, Run, Run];
  for (const run of [ls, batch, node, other]) await run("ip", ["link", "set", "lo", "up"]);
  await node("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
  const lines = (run: Run, text: readonly string[]): Promise<string> =>
    run("ip", ["-batch", "-"], `${text.join("\n")}\n`);

  if (portRate === undefined) await lines(node, [`link add up0 type veth peer name up0 netns ${names.other}`]);
  else await makeSwitch({ switchName, names, portRate });
  for (const [run, address] of [
    [node, underlay.node],
    [other, underlay.other],
  ] as const)
    await lines(run, [`address add ${address}/24 dev up0`, "link set up0 up"]);
  await lines(node, [`route add default via ${underlay.other}`]);
  await lines(other, [`route add 10.91.1.0/24 via ${underlay.node}`, `route add 10.91.2.0/24 via ${underlay.node}`]);
  if (portRate !== undefined)
    for (const [run, end, remote] of [
      [node, 1, underlay.other],
      [other, 2, underlay.node],
    ] as const)
      await lines(run, [
        `link add vxlan0 type vxlan id 7 dstport 4789 remote ${remote} dev up0`,
        `address add 10.92.0.${end}/24 dev vxlan0`,
        "link set vxlan0 mtu 1450 up",
      ]);
  if (portRate !== undefined)
    for (const third of [1, 2]) await lines(other, [`route replace 10.91.${third}.0/24 via 10.92.0.1`]);
  const there = namespaceFolder();
  for (const [index, [run, kind]] of (
    [
      [ls, "ls"],
      [batch, "batch"],
    ] as const
  ).entries()) {
    const mtu = portRate === undefined ? 1500 : 1450;
    await lines(node, [
      `link add pod${index} mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${names[kind]}`,
      `address add 10.91.${index + 1}.1/24 dev pod${index}`,
      `link set pod${index} up`,
    ]);
    await lines(run, [
      `address add ${podAddress[kind]}/24 dev eth0`,
      "link set eth0 up",
      `route add default via 10.91.${index + 1}.1`,
    ]);
    there.add(`cni-${kind}`, names[kind]);
  }
  const program = desired({ rate: "1Gbit" }).uplinks[0]!.program;
  const classes = async (): Promise<readonly LevelCounters[]> => {
    const seen = await observe(node, program);
    if ("problem" in seen) throw new Error(seen.problem);
    return seen.levels;
  };
  const reconcile = nodeReconciler({ host: node, folder: there.folder, interval: 60_000 });
  return {
    ...{ node, other, names, lsAddress: podAddress.ls },
    ...(portRate === undefined ? {} : { switch: inNamespace(switchName)! }),
    otherAddress: portRate === undefined ? underlay.other : "10.92.0.2",
    follow: (link) => follow(reconcile, desired(link)),
    setBuffers: async (bytes) => {
      for (const run of [ls, batch, other])
        await run("sh", [
          "-c",
          `cd /proc/sys/net/ipv4; for one in tcp_rmem tcp_wmem; do echo 4096 131072 ${bytes} > $one; done`,
        ]);
    },
    classes,
    drained: async () => {
      while ((await classes()).some(({ backlog }) => backlog > 0)) await sleep(20);
    },
    remove: async () => {
      there.remove();
      for (const one of all) await here("ip", ["netns", "delete", one]);
    },
  };
}

/** A bridge. What the node sends is cut to packets first, because a switch sees no larger ones. */
async function makeSwitch({
  switchName,
  names,
  portRate,
}: {
  readonly switchName: string;
  readonly names: NodeNetwork["names"];
  readonly portRate: number;
}): Promise<void> {
  const run = inNamespace(switchName)!;
  const ports = [
    `link add br0 type bridge`,
    `link add port0 type veth peer name up0 netns ${names.node}`,
    `link add port1 type veth peer name up0 netns ${names.other}`,
    ...["port0", "port1"].map((port) => `link set ${port} master br0 up`),
    "link set br0 up",
  ];
  await run("ip", ["-batch", "-"], `${ports.join("\n")}\n`);
  for (const name of [names.node, names.other])
    await inNamespace(name)!("ip", ["link", "set", "up0", "gso_max_segs", "1"]);
  const rate = (percent: number): string => `${Math.round(portRate * percent * 10)}kbit ceil ${portRate}mbit`;
  const burst = `burst ${portRate * 125}b cburst ${portRate * 125}b quantum 1514`;
  const queue = [
    "qdisc add dev port1 root handle 1: htb default 10",
    `class add dev port1 parent 1: classid 1:1 htb rate ${portRate}mbit ${burst}`,
    `class add dev port1 parent 1:1 classid 1:10 htb prio 0 rate ${rate(95)} ${burst}`,
    `class add dev port1 parent 1:1 classid 1:20 htb prio 1 rate ${rate(5)} ${burst}`,
    "qdisc add dev port1 parent 1:10 handle 10: pfifo limit 100",
    "qdisc add dev port1 parent 1:20 handle 20: pfifo limit 100",
    "filter add dev port1 parent 1: protocol ip prio 1 u32 match ip dsfield 0x20 0xfc flowid 1:20",
  ];
  await run("tc", ["-batch", "-"], `${queue.join("\n")}\n`);
}

function desired({ rate, mode = "Enforce", markTunnels = false, isLabelled = true }: UplinkOptions): DesiredNode {
  const ladder = priorityLadder.parse({
    ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", metadata: { name: "default" } },
    spec: {
      mode,
      levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1", minShare: "5%" }],
      defaultLevel: "interactive",
      links: [{ name: "uplink", scope: "Node", nodeSelector: { pool: "general" }, device: "up0", rate, markTunnels }],
    },
  });
  const pods = (["ls", "batch"] as const).map((name) =>
    pod.parse({
      ...{ apiVersion: "v1", kind: "Pod", spec: {}, status: { podIP: podAddress[name] } },
      metadata: {
        ...{ name, namespace: "shop" },
        labels: name === "batch" && isLabelled ? { "expedite.dev/level": "batch" } : {},
      },
    }),
  );
  return desiredNode({ labels: { pool: "general" }, ladder, pods, levelPods: [] });
}

async function follow(reconcile: NodeReconciler, wanted: DesiredNode): Promise<NodeReport> {
  const report = await reconcile(wanted);
  for (const state of [...report.links, ...report.pods, ...report.problems])
    if ("reason" in state && state.reason !== "NotEnforced") throw new Error(`${state.reason}: ${state.problem}`);
  if (wanted.uplinks.length > 0 && report.links.filter(isActive).length !== 1)
    throw new Error("the uplink is not active");
  return report;
}
