// Builds the network: a namespace for each pod, joined by veth pairs to a bridge.
import { readdir } from "node:fs/promises";
import { command } from "../../process/command.ts";
import {
  applications,
  backup,
  bottleneckPod,
  client,
  gateway,
  netnsOf,
  replica,
  switchName,
  trunkPort,
} from "./topology.ts";

const ends = [client, gateway, ...applications, replica, backup];
const namespaces = [...ends.map((end) => netnsOf(end.name)), netnsOf(switchName)];

/** Lines for `ip -batch`; they contain only names and addresses of topology.ts. */
const pairs = (): string =>
  [
    ...ends.map(
      ({ name }) => `link add ${name} netns ${netnsOf(switchName)} type veth peer eth0 netns ${netnsOf(name)}`,
    ),
  ].join("\n");

/** Two bridges with a trunk between them, so that everything from the bottleneck pod leaves by one port of the switch. */
const bridge = (): string =>
  [
    ...["br0", "br1"].flatMap((name) => [`link add ${name} type bridge`, `link set ${name} up`]),
    `link add ${trunkPort} type veth peer trunk1`,
    `link set ${trunkPort} master br1 up`,
    "link set trunk1 master br0 up",
    ...ends.map(({ name }) => `link set ${name} master ${name === bottleneckPod ? "br1" : "br0"} up`),
  ].join("\n");

/** There has to be a default route: without one, connect() to a service's address fails before netfilter sees it. */
const end = (address: string): string =>
  ["link set lo up", `addr add ${address}/24 dev eth0`, "link set eth0 up", "route add default dev eth0"].join("\n");

/** Sets a parameter of net.ipv4 in every netns. @throws CommandError where a netns refuses it */
async function set(parameter: string, value: string): Promise<void> {
  for (const { name } of ends)
    await command("tee", [`/proc/sys/net/ipv4/${parameter}`], { input: value, netns: netnsOf(name) });
}

/**
 * The paper's congestion control if the host allows it to a netns, otherwise the one that every kernel has. @returns the one that is set
 */
async function setCongestionControl(): Promise<string> {
  const cubic = await set("tcp_congestion_control", "cubic").then(
    () => true,
    () => false,
  );
  if (!cubic) await set("tcp_congestion_control", "reno");
  return cubic ? "cubic" : "reno";
}

/** @returns the congestion control at every end. @throws CommandError */
export async function buildNetwork(): Promise<{ readonly congestionControl: string }> {
  for (const name of namespaces) await command("ip", ["netns", "add", name]);
  await command("ip", ["-batch", "-"], { input: pairs() });
  await command("ip", ["-n", netnsOf(switchName), "-batch", "-"], { input: bridge() });
  for (const { name, address } of ends)
    await command("ip", ["-n", netnsOf(name), "-batch", "-"], { input: end(address) });
  // An arm's connections must not begin with what those of the previous arm learned (tcp_metrics(8)).
  await set("tcp_no_metrics_save", "1");
  return { congestionControl: await setCongestionControl() };
}

/** Removes what buildNetwork created, or whatever part of it exists. */
export async function removeNetwork(): Promise<void> {
  const present = new Set(await readdir("/run/netns").catch(() => []));
  for (const name of namespaces) if (present.has(name)) await command("ip", ["netns", "del", name]);
}
