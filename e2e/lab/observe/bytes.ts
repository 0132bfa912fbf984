// Reads the counters of the bottleneck (redirection.ts): IP bytes and packets by class and direction.
import { z } from "zod";
import { command } from "../../process/command.ts";
import type { RequestClass } from "../classes.ts";
import { bottleneckPod, netnsOf } from "../site/topology.ts";

interface Traffic {
  readonly bytes: number;
  readonly packets: number;
}

/** As seen at ratings: it receives requests and acknowledgements, and sends responses. */
export interface LinkBytes {
  readonly received: Readonly<Record<RequestClass, Traffic>>;
  readonly sent: Readonly<Record<RequestClass, Traffic>>;
}

const listing = z.object({
  nftables: z.array(
    z.object({ counter: z.object({ name: z.string(), bytes: z.number(), packets: z.number() }).optional() }),
  ),
});

const both = <T>(of: (name: RequestClass) => T): Readonly<Record<RequestClass, T>> => ({
  ls: of("ls"),
  batch: of("batch"),
});

/** @throws CommandError if the testbed is not up */
export async function readLinkBytes(): Promise<LinkBytes> {
  const text = await command("nft", ["-j", "list", "counters", "table", "inet", "lab"], {
    netns: netnsOf(bottleneckPod),
  });
  const counters = listing.parse(JSON.parse(text)).nftables.flatMap(({ counter }) => counter ?? []);
  const read = (name: string): Traffic => {
    const found = counters.find((counter) => counter.name === name);
    return { bytes: found?.bytes ?? 0, packets: found?.packets ?? 0 };
  };
  return { received: both((name) => read(`iifname_${name}`)), sent: both((name) => read(`oifname_${name}`)) };
}

const minus = (after: Traffic, before: Traffic): Traffic => ({
  bytes: after.bytes - before.bytes,
  packets: after.packets - before.packets,
});

/** The traffic on the link between two readings. */
export function linkBytesBetween(before: LinkBytes, after: LinkBytes): LinkBytes {
  return {
    received: both((name) => minus(after.received[name], before.received[name])),
    sent: both((name) => minus(after.sent[name], before.sent[name])),
  };
}
