// Connects this process's network namespace to the cluster's switch, so that the bench itself can reach the API server and istiod.
import { switchName, uplink } from "../../kubernetes/addresses.ts";
import { command } from "../../process/command.ts";

const device = "bench0";

/** Outside the range of the machines' addresses (.10 and above). */
const benchAddress = "10.210.0.5";

/** Adds a machine to the switch: a network namespace with one address. @throws CommandError */
export async function addMachine(name: string, address: string): Promise<void> {
  await command("ip", ["netns", "add", name]);
  const join = [`link add ${name} type veth peer ${uplink} netns ${name}`, `link set ${name} master br0 up`];
  await command("ip", ["-n", switchName, "-batch", "-"], { input: join.join("\n") });
  const own = [
    "link set lo up",
    `addr add ${address}/24 dev ${uplink}`,
    `link set ${uplink} up`,
    `route add default dev ${uplink}`,
  ];
  await command("ip", ["-n", name, "-batch", "-"], { input: own.join("\n") });
}

/** Removes its cable first, because the network namespace lasts until the last process in it has ended. */
export async function removeMachine(name: string): Promise<void> {
  await command("ip", ["-n", switchName, "link", "del", name]);
  await command("ip", ["netns", "del", name]);
}

/** @throws CommandError */
export async function linkUp(): Promise<void> {
  await command("ip", ["link", "add", device, "type", "veth", "peer", "bench", "netns", switchName]);
  await command("ip", ["-n", switchName, "link", "set", "bench", "master", "br0", "up"]);
  await command("ip", ["addr", "add", `${benchAddress}/24`, "dev", device]);
  await command("ip", ["link", "set", device, "up"]);
}

export const linkDown = (): Promise<string> => command("ip", ["link", "del", device]);
