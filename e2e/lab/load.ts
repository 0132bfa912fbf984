// The load generator, a process of its own: settings enter as JSON, "measuring" and then the result leave as lines.
// Open loop: requests go out at their time whatever is unanswered, and latency counts from that time.
import { randomBytes } from "node:crypto";
import { Agent, get, type IncomingMessage } from "node:http";
import { Worker } from "node:worker_threads";
import { arrivals } from "./arrivals.ts";
import { classes, levels, paths, type RequestClass } from "./classes.ts";
import { BlockRecorder } from "./histogram.ts";
import { type ClassLoad, type LoadResult, type LoadSettings, measuringLine } from "./load-settings.ts";
import { seenHeader } from "./trace-headers.ts";

const settings: LoadSettings = JSON.parse(process.argv[2] ?? "{}");
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const lateness = new BlockRecorder();

/** Milliseconds since the epoch, as pacer.ts counts them. */
const now = (): number => performance.timeOrigin + performance.now();

interface Event {
  readonly time: number;
  readonly act: () => void;
}

/** Lets every event happen at its time. */
function happen(events: readonly Event[]): void {
  const inOrder = events.toSorted((a, b) => a.time - b.time);
  const pacer = new Worker(new URL("./pacer.ts", import.meta.url), { workerData: inOrder.map(({ time }) => time) });
  pacer.on("message", (index: number) => inOrder[index]?.act());
}

/** Whether every application on the way saw the level of the class. */
function levelsAreRight(name: RequestClass, answer: IncomingMessage): boolean {
  if (settings.hops === 0) return true;
  const seen = `${answer.headers[seenHeader] ?? ""}`.split(",");
  return seen.length === settings.hops && seen.every((hop) => hop.endsWith(`=${levels[name]}`));
}

/** Sends one request; resolves with undefined for a right answer, else with what is wrong. */
function send(name: RequestClass): Promise<{ error?: string; timeout?: boolean; wrongLevel?: boolean }> {
  const traceparent = `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
  return new Promise((resolve) => {
    const request = get(
      settings.target + paths[name],
      { agent, headers: { host: "bookinfo", traceparent } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("error", (error) => resolve({ error: error.message }));
        answer.on("end", () =>
          answer.statusCode === 200
            ? resolve({ wrongLevel: !levelsAreRight(name, answer) })
            : resolve({ error: `${answer.statusCode} ${text.trim()}` }),
        );
      },
    );
    const giveUp = setTimeout(() => {
      resolve({ error: `no answer in ${settings.timeout} s`, timeout: true });
      request.destroy();
    }, settings.timeout * 1000);
    request.on("error", (error) => resolve({ error: error.message }));
    request.on("close", () => clearTimeout(giveUp));
  });
}

interface Play {
  readonly events: readonly Event[];
  /** Resolves when the last request is answered or given up. */
  readonly finished: Promise<ClassLoad>;
}

/** One class, its first request no earlier than `start`. */
function prepare(name: RequestClass, start: number): Play {
  const seed = [...settings.seed, classes.indexOf(name)];
  const { at, first } = arrivals({ ...settings, seed });
  const blocks = new BlockRecorder();
  const sum = { n: 0, errors: 0, timeouts: 0, wrongLevels: 0 };
  let firstError: string | undefined;

  const request = async (index: number, seconds: number): Promise<void> => {
    const intended = start + seconds * 1000;
    lateness.record(0, now() - intended);
    const { error, timeout, wrongLevel } = await send(name);
    const latency = now() - intended;
    if (error !== undefined) {
      sum.errors++;
      firstError ??= error;
      if (timeout) sum.timeouts++;
      return;
    }
    if (wrongLevel) sum.wrongLevels++;
    if (index < first) return;
    sum.n++;
    blocks.record(Math.max(0, Math.floor(seconds - settings.warmUp)), latency);
  };

  const sending = at.map((seconds, index) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const act = (): void => void request(index, seconds).then(resolve);
    return { event: { time: start + seconds * 1000, act }, promise };
  });
  const finished = Promise.all(sending.map(({ promise }) => promise)).then(() => ({
    ...sum,
    sent: at.length,
    blocks: blocks.encode(),
    ...(firstError === undefined ? {} : { firstError }),
  }));
  return { events: sending.map(({ event }) => event), finished };
}

/** Milliseconds until the pacer's thread is up. */
const headStart = 100;

const start = now() + headStart;
let cpuBefore = process.cpuUsage();
const measuring = {
  time: start + settings.warmUp * 1000,
  act: () => {
    cpuBefore = process.cpuUsage();
    console.log(measuringLine);
  },
};
const plays = settings.classes.map((name) => ({ name, ...prepare(name, start) }));
happen([measuring, ...plays.flatMap(({ events }) => events)]);
const loads = await Promise.all(plays.map(async ({ name, finished }) => [name, await finished] as const));
const { user, system } = process.cpuUsage(cpuBefore);
const result: LoadResult = {
  classes: Object.fromEntries(loads),
  lateness: lateness.quantile(0.99),
  cpuSeconds: (user + system) / 1e6,
};
console.log(JSON.stringify(result));
process.exit(0);
