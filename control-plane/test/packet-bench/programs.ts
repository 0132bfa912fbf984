// Starts the bench's traffic programs in network namespaces, and asks them for what they have counted.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { buildGoProgram } from "../../../e2e/process/go-program.ts";

export type Traffic = {
  /** Sends a line and resolves with the answer. */
  readonly tell: <T = unknown>(line: string) => Promise<T>;
  readonly end: () => void;
};

type Words = readonly (string | number)[];

const running = new Set<ChildProcess>();

/** Before everything else: they need little of a core, and what they wait for one would look like a queue. */
const first = ["chrt", "--rr", "10"] as const;

/** Whether the programs whose latencies count may go first; an ordinary user's may not. */
export const areRequestsFirst = spawnSync(first[0], [...first.slice(1), "true"]).status === 0;

/** `serve` or `ask` of traffic.mjs, with its arguments. */
export function startRequests(netns: string, ...args: Words): Promise<Traffic> {
  const words = [process.execPath, join(import.meta.dirname, "traffic.mjs"), ...args];
  return start(netns, areRequestsFirst ? [...first, ...words] : words);
}

/** `send` or `receive` of bulk/, with its arguments. */
export function startBulk(netns: string, ...args: Words): Promise<Traffic> {
  return start(netns, [bulkProgram, ...args]);
}

/** Built by buildBulk. */
const bulkProgram = join(import.meta.dirname, "../../../.cache/bench/bulk");

export function buildBulk(): void {
  buildGoProgram(join(import.meta.dirname, "bulk"), "bulk");
}

/** `script`: beside this file. */
export function startProgram(netns: string, script: string, args: Words): Promise<Traffic> {
  return start(netns, [process.execPath, join(import.meta.dirname, script), ...args]);
}

/** `words`: of a program that prints a line of JSON when it is ready, and one for each line on its standard input. */
async function start(netns: string, words: Words): Promise<Traffic> {
  const child = spawn("nsenter", [`--net=/run/netns/${netns}`, ...words.map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  running.add(child);
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  return {
    tell: async <T>(line: string) => {
      const answer = once(lines, "line");
      child.stdin.write(`${line}\n`);
      return JSON.parse((await answer)[0]) as T;
    },
    end: () => {
      running.delete(child);
      child.kill("SIGKILL");
    },
  };
}

export function endTraffic(): void {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
}

export type Counted = { readonly bytes: number; readonly at: number };

/** Bits per second that arrived at each of the sinks during so many milliseconds. */
export async function rates(sinks: readonly Traffic[], millis: number): Promise<number[]> {
  const read = () => Promise.all(sinks.map((sink) => sink.tell<Counted>("read")));
  const before = await read();
  await sleep(millis);
  const after = await read();
  return after.map(({ bytes, at }, index) => ((bytes - before[index]!.bytes) * 8000) / (at - before[index]!.at));
}

/** Of the answers to `asking` since it was last read, in milliseconds, ascending. */
export async function latenciesOf(asking: Traffic): Promise<number[]> {
  return (await asking.tell<number[]>("read")).toSorted((a, b) => a - b);
}
