// Plays one cell of the bench: low flows alone, then beside one high flow of each kind, and measures what each gets.
import { setTimeout as sleep } from "node:timers/promises";
import { hosts, setCongestionControl } from "./network.ts";
import type { Received } from "./traffic/messages.ts";
import type { Traffic } from "./traffic/traffic.ts";

export interface Cell {
  /** Congestion control of the low flows. */
  readonly low: string;
  readonly flows: number;
  /** Congestion controls of the high flow, one after another. */
  readonly highs: readonly string[];
  /** bit/s */
  readonly rate: number;
  /** Length of each measured phase, and how long a phase has settled before, seconds. */
  readonly seconds: number;
  readonly settle: number;
}

export interface Played {
  /** Share of the link's rate that the low flows use alone, 0 to 1. */
  readonly alone: number;
  /** Latencies of the requests meanwhile, milliseconds. */
  readonly millis: readonly number[];
  /** By the high flow's congestion control: what each gets of the link's rate, 0 to 1. */
  readonly beside: Readonly<Record<string, { readonly low: number; readonly high: number }>>;
}

/** A full packet of 1448 bytes of data takes 1514 with its headers, Ethernet's among them. */
const bytesOnLink = 1514 / 1448;

function shareBetween(before: Received, after: Received, { host, rate }: { host: string; rate: number }): number {
  const bytes = (after.bytes[`::ffff:${host}`] ?? 0) - (before.bytes[`::ffff:${host}`] ?? 0);
  return (bytes * bytesOnLink * 8) / rate / ((after.at - before.at) / 1000);
}

async function measure(traffic: Traffic, seconds: number): Promise<readonly [Received, Received]> {
  const before = await traffic.received();
  await sleep(seconds * 1000);
  return [before, await traffic.received()];
}

export async function play(traffic: Traffic, { low, flows, highs, rate, seconds, settle }: Cell): Promise<Played> {
  await setCongestionControl("low", low);
  await traffic.order({ start: hosts.low, flows });
  await sleep(settle * 1000);
  await traffic.latencies();
  const alone = await measure(traffic, seconds);
  const { millis, waiting } = await traffic.latencies();
  const beside: Record<string, { low: number; high: number }> = {};
  for (const high of highs) {
    await setCongestionControl("high", high);
    await traffic.order({ start: hosts.high, flows: 1 });
    await sleep(settle * 1000);
    const both = await measure(traffic, seconds);
    await traffic.order({ stop: hosts.high });
    beside[high] = {
      low: shareBetween(...both, { host: hosts.low, rate }),
      high: shareBetween(...both, { host: hosts.high, rate }),
    };
    await sleep(1000);
  }
  await traffic.order({ stop: hosts.low });
  return { alone: shareBetween(...alone, { host: hosts.low, rate }), millis: [...millis, ...waiting], beside };
}
