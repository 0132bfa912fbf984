// Starts the bench's traffic programs in network namespaces, and asks them for what they have counted.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export type Traffic = {
  /** Sends a line and resolves with the answer. */
  readonly tell: <T = unknown>(line: string) => Promise<T>;
  readonly end: () => void;
};

const running = new Set<ChildProcess>();

export function startTraffic(netns: string, ...args: readonly (string | number)[]): Promise<Traffic> {
  return startProgram(netns, "traffic.mjs", args);
}

/** `script`: beside this file; it prints a line of JSON when it is ready, and one for each line on its standard input. */
export async function startProgram(
  netns: string,
  script: string,
  args: readonly (string | number)[],
): Promise<Traffic> {
  const file = join(import.meta.dirname, script);
  const words = [`--net=/run/netns/${netns}`, process.execPath, file, ...args.map(String)];
  const child = spawn("nsenter", words, { stdio: ["pipe", "pipe", "inherit"] });
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
