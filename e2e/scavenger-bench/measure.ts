// Plays all cells, repeat by repeat: the congestion controls take turns, so that whatever else the machine does meets all of them.
import { setTimeout as sleep } from "node:timers/promises";
import { buildNetwork, hosts, names, removeNetwork, setBottleneck, setCongestionControl } from "./network.ts";
import type { Scope } from "./options.ts";
import { type Played, play, secondsOf } from "./play.ts";
import { startTraffic, type Traffic } from "./traffic/traffic.ts";

/** bit/s */
export const rate = 100_000_000;
const requestsPerSecond = 250;
const fullPacket = 1514;
/** What packets take through the namespaces without a delay, milliseconds. */
const ownDelay = 0.03;

export interface Row {
  readonly low: string;
  readonly flows: number;
  readonly repeats: Played[];
}

/** One path and its queue. */
export interface Setting {
  /** Milliseconds. */
  readonly rtt: number;
  /** Of the FIFO, in products of rate and round-trip time, and in bytes. */
  readonly size: number;
  readonly bytes: number;
  /** Latencies of requests when nothing else is sent, milliseconds, by repeat. */
  readonly unloaded: (readonly number[])[];
  readonly rows: readonly Row[];
}

export interface Means {
  /** The kernel's name for a congestion control of the options. */
  readonly kernelName: (algorithm: string) => string;
  /** The program of delay/. */
  readonly delayer: string;
  readonly say: (step: string) => void;
  readonly realTime: boolean;
  /** Called after each setting with what has been measured until then, so that an interrupted run is not lost, and with that setting. */
  readonly keep: (measured: readonly Setting[], latest: Setting) => Promise<void>;
}

/** The queue holds two packets at least: with less, a sender could not even send two packets one after the other. */
const settingsOf = ({ rtt, size, low, flows }: Scope): readonly Setting[] =>
  rtt.flatMap((millis) =>
    size.map((factor) => ({
      rtt: millis,
      size: factor,
      bytes: Math.max(2 * fullPacket, Math.round((rate / 8) * (millis / 1000) * factor)),
      unloaded: [],
      rows: low.flatMap((name) => flows.map((count) => ({ low: name, flows: count, repeats: [] }))),
    })),
  );

export async function measure(options: Scope, means: Means): Promise<readonly Setting[]> {
  const settings = settingsOf(options);
  await buildNetwork();
  await setCongestionControl("requests", means.kernelName("cubic"));
  const cells = options.repeats * settings.reduce((sum, { rows }) => sum + rows.length, 0);
  let cell = 0;
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    for (const setting of settings) {
      const delay = setting.rtt - ownDelay;
      const { delayer: program, realTime } = means;
      const endDelay = await setBottleneck({ rate, bytes: setting.bytes, delay }, { program, realTime });
      const traffic = await startTraffic({
        sender: names.sender,
        receiver: names.receiver,
        host: hosts.requests,
        requestsPerSecond,
        realTime,
      });
      setting.unloaded.push(await unloaded(traffic, options.seconds));
      const { rows } = setting;
      for (let turn = 0; turn < rows.length; turn++) {
        const row = rows[(turn + repeat) % rows.length]!;
        const queue = `${setting.rtt} ms, FIFO of ${setting.size} BDP`;
        means.say(`${++cell} of ${cells}: ${queue}, ${row.low} × ${row.flows}`);
        row.repeats.push(await play(traffic, cellOf(row, options, means)));
      }
      await traffic.stop();
      await endDelay();
      await means.keep(
        settings.filter(({ unloaded }) => unloaded.length > 0),
        setting,
      );
    }
  }
  await removeNetwork();
  return settings;
}

function cellOf({ low, flows }: Row, { high, seconds }: Scope, { kernelName }: Means): Parameters<typeof play>[1] {
  return { low: kernelName(low), flows, highs: high.map(kernelName), rate, seconds };
}

async function unloaded(traffic: Traffic, seconds: number): Promise<readonly number[]> {
  const requests = await traffic.startRequests();
  await sleep(1000);
  await requests.latencies();
  await sleep(seconds * 1000);
  const { millis } = await requests.latencies();
  await requests.stop();
  return millis;
}

/** Roughly how long `measure` takes, seconds. */
export function estimate(options: Scope): number {
  const cell = secondsOf({ low: "", flows: 0, highs: options.high, rate, seconds: options.seconds });
  const setting = 2 + options.seconds + options.low.length * options.flows.length * cell;
  return options.repeats * options.rtt.length * options.size.length * setting;
}
