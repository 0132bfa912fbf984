// Makes the cables between the switch and the nodes slow, in both directions: one first-in, first-out queue each, whatever a packet's mark.
import { nodeName, switchName, uplink } from "../../kubernetes/addresses.ts";
import { command } from "../../process/command.ts";

/** bit/s of each cable. */
const cableRate = 100e6;
/** Bytes that wait in front of a cable: 20 ms at its rate. */
const buffer = 250_000;

const device = (number: number): string => nodeName(number);

/** Towards each node, at the switch's end of its cable. @throws CommandError */
export async function slowCables(numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const lines = [
      `qdisc add dev ${device(number)} root handle 1: htb default 1`,
      `class add dev ${device(number)} parent 1: classid 1:1 htb rate ${cableRate}bit ceil ${cableRate}bit burst 15k cburst 15k`,
      `qdisc add dev ${device(number)} parent 1:1 handle 10: bfifo limit ${buffer}`,
    ];
    await command("tc", ["-batch", "-"], { input: lines.join("\n"), netns: switchName });
  }
}

/** @throws CommandError */
export async function fastCables(numbers: readonly number[]): Promise<void> {
  for (const number of numbers)
    await command("tc", ["qdisc", "delete", "dev", device(number), "root"], { netns: switchName });
}

/** The link of the ladder that keeps the queue on the node, where it is ordered: a little less than the cable. */
export const uplinks = {
  ...{ name: "uplink", scope: "Node", nodeSelector: { "kubernetes.io/os": "linux" }, device: uplink },
  rate: `${(cableRate * 0.97) / 1e6}Mbit`,
};
