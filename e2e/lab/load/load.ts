// The load generator, a process of its own: for each line of settings it writes "measuring" and then the result, each on a line. Open loop:
// requests are sent when they are due, whatever is still unanswered, and latency counts from that time.
import { Agent } from "node:http";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { classes, type RequestClass } from "../classes.ts";
import { arrivals } from "./arrivals.ts";
import { BlockRecorder } from "./histogram.ts";
import { type ClassLoad, type LoadResult, type LoadSettings, measuringLine } from "./load-settings.ts";
import { type RequestOptions, send } from "./request.ts";

/** Milliseconds since the epoch, as pacer.ts counts them. */
const now = (): number => performance.timeOrigin + performance.now();

/** Milliseconds until the pacer's thread is up. */
const headStart = 100;

interface Event {
  readonly time: number;
  readonly act: () => void;
}

/** Makes every event happen when it is due. */
function happen(events: readonly Event[]): Worker {
  const inOrder = events.toSorted((a, b) => a.time - b.time);
  const pacer = new Worker(new URL("./pacer.ts", import.meta.url), { workerData: inOrder.map(({ time }) => time) });
  pacer.on("message", (index: number) => inOrder[index]?.act());
  return pacer;
}

interface Play {
  readonly events: readonly Event[];
  /** Resolves once the last request is answered or abandoned. */
  readonly finished: Promise<ClassLoad>;
}

interface Stage {
  readonly settings: LoadSettings;
  readonly options: RequestOptions;
  readonly start: number;
  readonly lateness: BlockRecorder;
}

/** Prepares one class, with its first request no earlier than the stage's start. */
function prepare(name: RequestClass, { settings, options, start, lateness }: Stage): Play {
  const { at, first } = arrivals({
    rps: settings.rps[name],
    count: Math.round(settings.rps[name] * settings.duration),
    warmUp: settings.warmUp,
    seed: [...settings.seed, classes.indexOf(name)],
  });
  const blocks = new BlockRecorder();
  const sum = { n: 0, answered: 0, errors: 0, timeouts: 0, wrongLevels: 0 };
  let firstError: string | undefined;

  const request = async (index: number, seconds: number): Promise<void> => {
    const intended = start + seconds * 1000;
    lateness.record(0, now() - intended);
    const { error, timeout, wrongLevel } = await send(name, options);
    const latency = now() - intended;
    const answered = (intended + latency - start) / 1000 - settings.warmUp;
    if (wrongLevel) sum.wrongLevels++;
    if (error === undefined && answered >= 0 && answered < settings.duration) sum.answered++;
    if (error !== undefined) {
      sum.errors++;
      firstError ??= error;
      if (timeout) sum.timeouts++;
    } else if (index >= first) {
      sum.n++;
      blocks.record(Math.max(0, Math.floor(seconds - settings.warmUp)), latency);
    }
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

async function play(settings: LoadSettings): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const start = now() + headStart;
  const lateness = new BlockRecorder();
  let cpuBefore = process.cpuUsage();
  const measuring = {
    time: start + settings.warmUp * 1000,
    act: () => {
      cpuBefore = process.cpuUsage();
      console.log(measuringLine);
    },
  };
  const stage = { settings, options: { ...settings, agent }, start, lateness };
  const plays = settings.classes.map((name) => ({ name, ...prepare(name, stage) }));
  const pacer = happen([measuring, ...plays.flatMap(({ events }) => events)]);
  const loads = await Promise.all(plays.map(async ({ name, finished }) => [name, await finished] as const));
  const { user, system } = process.cpuUsage(cpuBefore);
  agent.destroy();
  await pacer.terminate();
  return {
    classes: Object.fromEntries(loads),
    lateness: lateness.quantile(0.99),
    cpuSeconds: (user + system) / 1e6,
  };
}

// Ends with the lab: the lab's end of this pipe closes, however it ended.
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await play(JSON.parse(line))));
process.exit(0);
