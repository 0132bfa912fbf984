// The load generator, a process of its own: settings enter as JSON, "measuring" and then the result leave as lines.
// Open loop: requests go out at their time whatever is unanswered, and latency counts from that time.
import { randomBytes } from "node:crypto";
import { Agent, get, type IncomingMessage } from "node:http";
import { arrivals } from "./arrivals.ts";
import { classes, levels, paths, type RequestClass } from "./classes.ts";
import { BlockRecorder } from "./histogram.ts";
import { type ClassLoad, type LoadResult, type LoadSettings, measuringLine } from "./load-settings.ts";
import { seenHeader } from "./trace-headers.ts";

const settings: LoadSettings = JSON.parse(process.argv[2] ?? "{}");
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const lateness = new BlockRecorder();

/** Runs an action at a time of performance.now(): a timer has a grain of 1 ms, the rest is spent polling for IO. */
function runAt(time: number, action: () => void): void {
  const poll = (): void => {
    if (performance.now() < time) setImmediate(poll);
    else action();
  };
  setTimeout(poll, Math.max(0, Math.floor(time - performance.now() - 1)));
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

/** Plays one class from `start` (of performance.now()) on; resolves when its last request is answered or given up. */
async function play(name: RequestClass, start: number): Promise<ClassLoad> {
  const seed = [...settings.seed, classes.indexOf(name)];
  const { at, first } = arrivals({ ...settings, seed });
  const blocks = new BlockRecorder();
  const sum = { n: 0, errors: 0, timeouts: 0, wrongLevels: 0 };
  let firstError: string | undefined;

  const one = async (index: number, seconds: number): Promise<void> => {
    const intended = start + seconds * 1000;
    lateness.record(0, performance.now() - intended);
    const { error, timeout, wrongLevel } = await send(name);
    const latency = performance.now() - intended;
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

  const all = at.map(
    (seconds, index) =>
      new Promise<void>((resolve) => runAt(start + seconds * 1000, () => void one(index, seconds).then(resolve))),
  );
  await Promise.all(all);
  return { ...sum, sent: at.length, blocks: blocks.encode(), ...(firstError === undefined ? {} : { firstError }) };
}

const start = performance.now() + 50;
let cpuBefore = process.cpuUsage();
runAt(start + settings.warmUp * 1000, () => {
  cpuBefore = process.cpuUsage();
  console.log(measuringLine);
});
const loads = await Promise.all(settings.classes.map(async (name) => [name, await play(name, start)] as const));
const { user, system } = process.cpuUsage(cpuBefore);
const result: LoadResult = {
  classes: Object.fromEntries(loads),
  lateness: lateness.quantile(0.99),
  cpuSeconds: (user + system) / 1e6,
};
console.log(JSON.stringify(result));
process.exit(0);
