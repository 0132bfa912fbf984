// Near-strict shares: one bulk flow of each level by a node's uplink, the lower one alone, and small requests beside a full uplink.
import { setTimeout as sleep } from "node:timers/promises";
import { none, rate as rateText } from "../../../e2e/measure/format.ts";
import { median, quantile } from "../../../e2e/measure/statistics.ts";
import { type NodeNetwork, nodeNetwork } from "./node-network.ts";
import { type Counted, latenciesOf, startBulk, startRequests, type Traffic } from "./programs.ts";

const linkRates = [100e6, 1e9, 10e9] as const;
/** Bytes of an Ethernet frame without preamble, of TCP's data in it: HTB counts the first, a program the second. */
const goodput = 1448 / 1514;
const ports = { high: 5001, low: 5002, requests: 5003 } as const;
/** Milliseconds. */
const [warmUp, duration, window] = [2000, 3000, 300] as const;
/**
 * Milliseconds of the link that a flow may have under way: while its sender waits for a core, the class shall not become empty. At low rates
 * Linux's own maximum (tcp(7)), bytes, is more.
 */
const waiting = 50;
const usualBuffer = 4 << 20;
/** Of an answer. */
const bytes = 1000;

export async function measureShares(rounds: number, say: (step: string) => void): Promise<string> {
  const network = await nodeNetwork({ name: "shr" });
  const { names, otherAddress, lsAddress } = network;
  const sinks = {
    high: await startBulk(names.other, "receive", ports.high),
    low: await startBulk(names.other, "receive", ports.low),
  };
  const high = await startBulk(names.ls, "send", otherAddress, ports.high, 1);
  const low = await startBulk(names.batch, "send", otherAddress, ports.low, 1);
  await startRequests(names.ls, "serve", ports.requests, bytes);
  const asking = await startRequests(names.other, "ask", lsAddress, ports.requests, 500, bytes);
  const rows: string[] = [];
  const latency = async (): Promise<number> => {
    await asking.tell("read");
    await sleep(duration);
    return quantile(await latenciesOf(asking), 0.99);
  };
  try {
    for (const link of linkRates) {
      await network.follow({ rate: `${link / 1e6}Mbit` });
      await network.setBuffers(Math.max(usualBuffer, (link / 8000) * waiting));
      const both: Window[] = [];
      const alone: Window[] = [];
      const p99 = { quiet: [] as number[], busy: [] as number[] };
      for (let round = 1; round <= rounds; round++) {
        say(`${rateText(link)}: round ${round} of ${rounds}`);
        await Promise.all([high.tell("start"), low.tell("start")]);
        await sleep(warmUp);
        both.push(...(await windows(network, sinks)));
        await high.tell("stop");
        await sleep(warmUp);
        alone.push(...(await windows(network, sinks)));
        await low.tell("stop");
        // Only now: these are a part of the link, too.
        await asking.tell("start");
        for (const arm of round % 2 === 0 ? (["quiet", "busy"] as const) : (["busy", "quiet"] as const)) {
          await low.tell(arm === "busy" ? "start" : "stop");
          if (arm === "quiet") await network.drained();
          await sleep(warmUp / 2);
          p99[arm].push(await latency());
        }
        await Promise.all([low.tell("stop"), asking.tell("stop")]);
        await network.drained();
      }
      rows.push(rowOf(link, { both, alone, p99 }));
    }
  } finally {
    await network.remove();
  }
  const head = [
    "| link | high / low, both full | both, of the link | low alone, of the link | requests alone, p99 | beside low, p99 |",
    "|---|---|---|---|---|---|",
  ];
  return [...head, ...rows].join("\n");
}

type Found = {
  readonly both: readonly Window[];
  readonly alone: readonly Window[];
  readonly p99: { readonly quiet: readonly number[]; readonly busy: readonly number[] };
};

/** Only windows that say something of the queue: where a class had nothing to send, the machine was too slow. */
function rowOf(link: number, { both, alone, p99 }: Found): string {
  const [full, fullAlone] = [
    both.filter((window) => window.isHighWaiting && window.isLowWaiting),
    alone.filter((window) => window.isLowWaiting),
  ];
  const percent = (values: readonly number[]): string => `${median(values).toFixed(1)} %`;
  const high = full.map((window) => (100 * window.high) / (window.high + window.low));
  const ofLink = (found: readonly Window[]): readonly number[] =>
    found.map(({ received }) => (100 * received) / goodput / link);
  const fullOf = (some: readonly Window[], all: readonly Window[]): string =>
    some.length === 0
      ? `never full: ${percent(ofLink(all))}`
      : `${percent(ofLink(some))} (${some.length} of ${all.length} windows)`;
  const [quiet, busy] = [median(p99.quiet), median(p99.busy)];
  const cells = [
    rateText(link),
    full.length === 0 ? none : percent(high),
    fullOf(full, both),
    fullOf(fullAlone, alone),
    `${quiet.toFixed(2)} ms`,
    `${busy.toFixed(2)} ms`,
  ];
  return `| ${cells.join(" | ")} |`;
}

type Window = {
  /** Bytes that the classes sent. */
  readonly high: number;
  readonly low: number;
  /** Of the data that arrived, bit/s. */
  readonly received: number;
  /** Whether something waited in the class at the beginning and at the end. */
  readonly isHighWaiting: boolean;
  readonly isLowWaiting: boolean;
};

/** Short ones, so that a moment in which a sender got no processor spoils one of them and not all. */
async function windows(
  network: NodeNetwork,
  sinks: { readonly high: Traffic; readonly low: Traffic },
): Promise<Window[]> {
  const read = async () => {
    const [high, low, [highClass, lowClass]] = await Promise.all([
      sinks.high.tell<Counted>("read"),
      sinks.low.tell<Counted>("read"),
      network.classes(),
    ]);
    return { high, low, highClass: highClass!, lowClass: lowClass! };
  };
  const found: Window[] = [];
  let before = await read();
  for (const end = performance.now() + duration; performance.now() < end; ) {
    await sleep(window);
    const after = await read();
    const isWaiting = (name: "highClass" | "lowClass"): boolean => before[name].backlog > 0 && after[name].backlog > 0;
    const rate = (name: "high" | "low"): number =>
      ((after[name].bytes - before[name].bytes) * 8000) / (after[name].at - before[name].at);
    found.push({
      high: after.highClass.bytes - before.highClass.bytes,
      low: after.lowClass.bytes - before.lowClass.bytes,
      received: rate("high") + rate("low"),
      isHighWaiting: isWaiting("highClass"),
      isLowWaiting: isWaiting("lowClass"),
    });
    before = after;
  }
  return found;
}
