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
  /** Length of each measured phase. */
  readonly seconds: number;
}

/** Of the link's rate, 0 to 1. */
interface Shares {
  readonly low: number;
  readonly high: number;
}

/** Beside one high flow. */
export interface Beside {
  /** The low flows were there when the high flow came. */
  readonly before: Shares;
  /** The low flows came to the high flow. */
  readonly after: Shares;
}

export interface Played {
  /** Share of the link's rate that the low flows use alone, 0 to 1. */
  readonly alone: number;
  /** Latencies of the requests meanwhile, milliseconds. */
  readonly millis: readonly number[];
  /** By the high flow's congestion control. */
  readonly beside: Readonly<Record<string, Beside>>;
}

/** A full packet with 1448 bytes of data takes 1514 with its headers, Ethernet's among them. */
const bytesOnLink = 1514 / 1448;
/** How long flows find their rates before they are measured, and what a stopped one leaves drains, seconds. */
const settle = 2;
const drain = 0.5;

export async function play(traffic: Traffic, cell: Cell): Promise<Played> {
  await setCongestionControl("low", cell.low);
  await traffic.order({ start: hosts.low, flows: cell.flows });
  const requests = await traffic.startRequests();
  await sleep(settle * 1000);
  await requests.latencies();
  const { low: alone } = await measure(traffic, cell);
  const { millis, waiting } = await requests.latencies();
  await requests.stop();
  const beside: Record<string, Beside> = {};
  for (const high of cell.highs) beside[high] = await playBeside(traffic, cell, high);
  await traffic.order({ stop: hosts.low });
  await sleep(drain * 1000);
  return { alone, millis: [...millis, ...waiting], beside };
}

/** The low flows run before and afterwards. */
async function playBeside(traffic: Traffic, cell: Cell, high: string): Promise<Beside> {
  await setCongestionControl("high", high);
  await traffic.order({ start: hosts.high, flows: 1 });
  await sleep(settle * 1000);
  const before = await measure(traffic, cell);
  await traffic.order({ stop: hosts.low });
  await sleep(drain * 1000);
  await traffic.order({ start: hosts.low, flows: cell.flows });
  await sleep(settle * 1000);
  const after = await measure(traffic, cell);
  await traffic.order({ stop: hosts.high });
  await sleep(drain * 1000);
  return { before, after };
}

async function measure(traffic: Traffic, { rate, seconds }: Cell): Promise<Shares> {
  const before = await traffic.received();
  await sleep(seconds * 1000);
  const after = await traffic.received();
  const share = (host: string): number => {
    const bytes = (received: Received): number => received.bytes[`::ffff:${host}`] ?? 0;
    const bits = (bytes(after) - bytes(before)) * bytesOnLink * 8;
    return bits / rate / ((after.at - before.at) / 1000);
  };
  return { low: share(hosts.low), high: share(hosts.high) };
}

/** Roughly how long `play` takes, seconds. */
export const secondsOf = (cell: Cell): number =>
  settle + cell.seconds + drain + cell.highs.length * 2 * (settle + cell.seconds + drain);
