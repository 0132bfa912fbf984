// Makes a node for tests of the agent: a host's namespace, two pods with the same name in two namespaces, and the desired state of both.
import { type DesiredNode, desiredNode } from "../src/agent/desired-node.ts";
import { pod } from "../src/api/kubernetes.ts";
import { priorityLadder } from "../src/api/priority-ladder.ts";
import { inNamespace, type Run } from "../src/node/namespace.ts";
import { type NamespaceFolder, namespaceFolder } from "./namespace-folder.ts";
import { type VethPair, vethPair } from "./veth-pair.ts";

export type AgentNode = {
  readonly host: Run;
  readonly pair: VethPair;
  readonly there: NamespaceFolder;
  readonly remove: () => Promise<void>;
};

/** `name`: a few letters, unique among concurrent tests. */
export async function agentNode(name: string): Promise<AgentNode> {
  const here = inNamespace(undefined)!;
  const hostName = `xp-${name}-h`;
  const pair = await vethPair(name);
  await here("ip", ["netns", "add", hostName]);
  const host = inNamespace(hostName)!;
  await host("ip", ["link", "add", "up0", "type", "veth", "peer", "name", "up1"]);
  await host("ip", ["address", "add", "10.99.0.77/32", "dev", "up0"]);
  for (const device of ["up0", "up1"]) await host("ip", ["link", "set", device, "up"]);
  await host("ip", ["route", "add", "default", "dev", "up0"]);
  const there = namespaceFolder();
  there.add("cni-a", pair.leftName);
  there.add("cni-b", pair.rightName);
  there.add("host", hostName);
  return {
    host,
    pair,
    there,
    remove: async () => {
      there.remove();
      await pair.remove();
      await here("ip", ["netns", "delete", hostName]);
    },
  };
}

export const podLink = { name: "db", scope: "Pod", selector: { app: "db" }, rate: "100Mbit" };
export const uplink = { name: "uplink", scope: "Node", nodeSelector: { pool: "general" }, rate: "1Gbit" };

/** a/db-0 has 10.99.0.1 and fd99::1; b/db-0 has 10.99.0.2 and the level batch. `batch`: more of that level. */
export function desired(
  links: readonly object[] = [podLink, uplink],
  mode = "Enforce",
  batch: { readonly congestionControl?: "scavenger" } = {},
): DesiredNode {
  const levels = [{ name: "interactive" }, { name: "batch", dscp: "CS1", ...batch }];
  const ladder = priorityLadder.parse({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: { mode, levels, defaultLevel: "interactive", links },
  });
  const pods = [
    ["a", 1, { app: "db" }],
    ["b", 2, { app: "db", "expedite.dev/level": "batch" }],
  ].map(([namespace, last, labels]) =>
    pod.parse({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "db-0", namespace, labels },
      spec: {},
      status: { podIP: `10.99.0.${last}`, podIPs: [{ ip: `10.99.0.${last}` }, { ip: `fd99::${last}` }] },
    }),
  );
  return desiredNode({ labels: { pool: "general" }, ladder, pods, levelPods: [] });
}

/** Everything that the agent can change in a namespace, as the kernel reports it; without the record of connections, which comes and goes with them. */
export async function kernelState(run: Run): Promise<string> {
  const parts = [
    (await run("tc", ["qdisc", "show"])).replace(/direct_packets_stat \d+/g, ""),
    withoutRecord(await run("nft", ["list", "ruleset"])).trim(),
    await run("ip", ["rule", "show"]),
    await run("ip", ["-6", "rule", "show"]),
    // An address of a link's own appears when the link is up.
    (await run("ip", ["route", "show", "table", "all"])).replace(/^.*\b(fe80|ff00):.*\n/gm, ""),
    // Not by sysctl(8), which a small system lacks. The lists of congestion controls are the machine's: another program may load one at any
    // time.
    (await run("grep", ["-r", "--include=tcp_*", "", "/proc/sys/net/ipv4"]))
      .split("\n")
      .filter((line) => !/(allowed|available)_/.test(line))
      .sort()
      .join("\n"),
  ];
  return parts.join("\n");
}

function withoutRecord(ruleset: string): string {
  return ruleset.replace(/\t(set|chain) \S*accepted\S* \{\n(\t\t.*\n)*\t\}\n\n?/g, "").replace(/\n\n(?=\})/g, "\n");
}
