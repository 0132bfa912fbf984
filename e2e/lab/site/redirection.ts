// Redirects a pod's calls to a proxy (Istio's ports) or, without a mesh, to a replica: nftables text per pod.

import { command } from "../../process/command.ts";
import { dscps } from "../classes.ts";
import { applications, appPort, bottleneckPod, netnsOf, podsOf, replica, serviceRange, services } from "./topology.ts";

const outboundPort = 15001;
export const inboundPort = 15006;

/**
 * By destination rather than by owner: in a user namespace only uid 0 exists, so a proxy's own calls could not be recognised. A proxy
 * connects to pod addresses, which are outside the range of the services.
 */
const toProxy = (): readonly string[] => [
  "chain output {",
  "type nat hook output priority -100; policy accept;",
  `ip daddr ${serviceRange} meta l4proto tcp redirect to :${outboundPort}`,
  "}",
  "chain prerouting {",
  "type nat hook prerouting priority -100; policy accept;",
  `tcp dport ${appPort} redirect to :${inboundPort}`,
  "}",
];

/** As kube-proxy does: every new connection goes to the next replica. */
const toReplica = (): readonly string[] => [
  "chain output {",
  "type nat hook output priority -100; policy accept;",
  ...services.map(({ name, clusterIP }) => {
    const own = podsOf(name);
    const map = own.map((pod, index) => `${index} : ${pod.address}`).join(", ");
    return `ip daddr ${clusterIP} meta l4proto tcp dnat ip to numgen inc mod ${own.length} map { ${map} }`;
  }),
  "}",
];

/** Counts every IP byte at the bottleneck by DSCP; the priorities come after NAT, so only what crosses the link counts. */
const counting = (): readonly string[] => {
  const count = (side: string): readonly string[] =>
    Object.entries(dscps).map(([name, dscp]) => `${side} eth0 ip dscp ${dscp} counter name ${side}_${name}`);
  return [
    ...["iifname", "oifname"].flatMap((side) => Object.keys(dscps).map((name) => `counter ${side}_${name} { }`)),
    "chain received {",
    "type filter hook input priority 100; policy accept;",
    ...count("iifname"),
    "}",
    "chain sent {",
    "type filter hook postrouting priority 200; policy accept;",
    ...count("oifname"),
    "}",
  ];
};

const pods = [...applications, replica];

/** Ensures that there is no such table: declaring it first makes the deletion succeed in any case. */
const absent = "table inet lab\ndelete table inet lab\n";

/** The table `lab` of one pod. `mesh`: whether there is a proxy next to it. */
function ruleset(pod: string, mesh: boolean): string {
  const counters = pod === bottleneckPod ? counting() : [];
  return ["table inet lab {", ...(mesh ? toProxy() : toReplica()), ...counters, "}", ""].join("\n");
}

/** Replaces the previous rules, in one transaction per pod. @throws CommandError */
export async function redirect(mesh: boolean): Promise<void> {
  for (const { name } of pods)
    await command("nft", ["-f", "-"], { input: absent + ruleset(name, mesh), netns: netnsOf(name) });
}

export async function clearRedirection(): Promise<void> {
  for (const { name } of pods) await command("nft", ["-f", "-"], { input: absent, netns: netnsOf(name) });
}
