// Builds the machines' network: a namespace for the control plane and for each node, joined by a bridge. Nothing leads outside.
import { command } from "../process/command.ts";
import {
  controlPlaneAddress,
  controlPlaneName,
  nodeAddress,
  nodeName,
  podRangeOf,
  switchName,
  uplink,
} from "./addresses.ts";

interface Machine {
  readonly name: string;
  readonly address: string;
}

const machinesOf = (nodes: readonly number[]): readonly Machine[] => [
  { name: controlPlaneName, address: controlPlaneAddress },
  ...nodes.map((number) => ({ name: nodeName(number), address: nodeAddress(number) })),
];

/** Lines for `ip -batch` in the namespace of the switch. */
const switchLines = (machines: readonly Machine[]): string =>
  [
    "link set lo up",
    "link add br0 type bridge",
    "link set br0 up",
    ...machines.flatMap(({ name }) => [
      `link add ${name} type veth peer ${uplink} netns ${name}`,
      `link set ${name} master br0 up`,
    ]),
  ].join("\n");

/** A route to every other node's pods, and a default route, without which connect() to a service fails before netfilter sees it. */
const machineLines = ({ name, address }: Machine, nodes: readonly number[]): string =>
  [
    "link set lo up",
    `addr add ${address}/24 dev ${uplink}`,
    `link set ${uplink} up`,
    ...nodes
      .filter((number) => nodeName(number) !== name)
      .map((number) => `route add ${podRangeOf(number)} via ${nodeAddress(number)}`),
    ...(name === controlPlaneName ? [] : [`route add default via ${controlPlaneAddress}`]),
  ].join("\n");

/** @throws CommandError */
export async function buildNetwork(nodes: readonly number[]): Promise<void> {
  const machines = machinesOf(nodes);
  for (const name of [switchName, ...machines.map((machine) => machine.name)])
    await command("ip", ["netns", "add", name]);
  await command("ip", ["-n", switchName, "-batch", "-"], { input: switchLines(machines) });
  for (const machine of machines)
    await command("ip", ["-n", machine.name, "-batch", "-"], { input: machineLines(machine, nodes) });
  for (const number of nodes)
    await command("tee", ["/proc/sys/net/ipv4/ip_forward"], { input: "1", netns: nodeName(number) });
}

/** @throws CommandError */
export async function removeNetwork(nodes: readonly number[]): Promise<void> {
  for (const name of [switchName, ...machinesOf(nodes).map((machine) => machine.name)])
    await command("ip", ["netns", "del", name]);
}
