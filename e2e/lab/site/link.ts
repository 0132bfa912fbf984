// Emulates one link as the paper does: an HTB class with the link's rate on a pod's eth0, and a plain queue in it.
import { command } from "../../process/command.ts";

export interface Link {
  readonly netns: string;
  /** Default: eth0. */
  readonly device?: string;
  /** bit/s */
  readonly rate: number;
  /** The qdisc in the class: `pfifo limit 1000` is Linux's default for a link. */
  readonly leaf: "pfifo" | "fq_codel";
}

/** Packets that a plain queue holds: the default txqueuelen of an Ethernet device. */
export const queueLimit = 1000;

/** 1 ms at the rate, and at least three full frames, so that the timer's resolution does not cost throughput. */
export const burst = (rate: number): number => Math.max(Math.ceil(rate / 8 / 1000), 4542);

const leafArgs = { pfifo: ["pfifo", "limit", `${queueLimit}`], fq_codel: ["fq_codel"] };

/** Lines for `tc -batch`. */
function lines({ rate, leaf, device = "eth0" }: Link): string {
  const size = `burst ${burst(rate)} cburst ${burst(rate)} quantum 60000`;
  return [
    `qdisc add dev ${device} root handle 1: htb default 10`,
    `class add dev ${device} parent 1: classid 1:10 htb rate ${rate} ceil ${rate} ${size}`,
    `qdisc add dev ${device} parent 1:10 ${leafArgs[leaf].join(" ")}`,
  ].join("\n");
}

/** @throws CommandError when the device has a root qdisc already */
export async function shape(link: Link): Promise<void> {
  await command("tc", ["-batch", "-"], { input: lines(link), netns: link.netns });
}

/** Removes it again. @throws CommandError */
export async function unshape({ netns, device = "eth0" }: Pick<Link, "netns" | "device">): Promise<void> {
  await command("tc", ["qdisc", "del", "dev", device, "root"], { netns });
}

/** Tries a qdisc on a device of its own. @returns undefined if the kernel supports it, otherwise its message */
export async function missingQdisc(kind: string): Promise<string | undefined> {
  const netns = "xp-probe";
  await command("ip", ["netns", "add", netns]);
  try {
    await command("ip", ["-n", netns, "link", "add", "probe", "type", "veth", "peer", "probe-peer"]);
    await command("tc", ["qdisc", "add", "dev", "probe", "root", kind], { netns });
    return undefined;
  } catch (error) {
    return (error as Error).message.split(": ").at(-1);
  } finally {
    await command("ip", ["netns", "del", netns]);
  }
}
