// Sends many concurrent requests of random levels and with random ids through a sidecar with two workers, and counts the wrong levels.
import { randomBytes, randomUUID } from "node:crypto";
import { ladder } from "../envoy/bootstrap.ts";
import { type Answer, send } from "../envoy/client.ts";
import { ports } from "./sidecar.ts";

export interface MixedLoad {
  readonly requests: number;
  /** Requests in flight at a time. */
  readonly concurrent: number;
}

export interface MixedLoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Requests without a response, or with a status other than 200. */
  readonly errors: number;
  /** Requests whose level differed at the application, in its call, in the call's route or on the response. */
  readonly wrong: number;
  /** The first few, for a person to read. */
  readonly examples: readonly string[];
}

const forwards = ["x-request-id", "traceparent", "b3", "x-b3-traceid"] as const;

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T;
}

function randomIds(): Record<(typeof forwards)[number], string> {
  const trace = (): string => randomBytes(16).toString("hex");
  const [w3c, b3] = [trace(), trace()];
  return {
    "x-request-id": randomUUID(),
    traceparent: `00-${w3c}-00f067aa0ba902b7-01`,
    b3: `${b3}-00f067aa0ba902b7-1`,
    "x-b3-traceid": b3,
  };
}

function levelsIn({ headers }: Answer): readonly (string | undefined)[] {
  return ["x-app-saw", "x-call-level", "x-call-route"].map((name) => headers[name]);
}

/** @param progress called with the number of requests done, now and then */
export async function runMixedLoad(load: MixedLoad, progress = (_done: number): void => {}): Promise<MixedLoadResult> {
  let started = 0;
  let done = 0;
  let errors = 0;
  let wrong = 0;
  const examples: string[] = [];
  const note = (text: string): void => {
    if (examples.length < 5) examples.push(text);
  };
  const one = async (): Promise<void> => {
    const level = pick(ladder.levels);
    const forward = pick(forwards);
    const isDefault = level === ladder.defaultLevel;
    const expected = isDefault ? ["none", "none", "default"] : [level, level, level];
    const headers = { ...randomIds(), ...(isDefault ? {} : { "x-request-priority": level }) };
    const sent = performance.now();
    const answer = await send(ports.inbound, `/?forward=${forward}`, headers).catch(String);
    if (typeof answer === "string" || answer.status !== 200 || answer.headers["x-call-status"] !== "200") {
      errors += 1;
      note(typeof answer === "string" ? answer : `${answer.status} ${answer.headers["x-call-status"]} ${answer.body}`);
    } else if (levelsIn(answer).join() !== expected.join()) {
      wrong += 1;
      const took = Math.round(performance.now() - sent);
      note(`${level} by ${forward}: ${levelsIn(answer).join(", ")}, after ${took} ms`);
    }
    done += 1;
    if (done % 5000 === 0) progress(done);
  };
  const client = async (): Promise<void> => {
    while (started < load.requests) {
      started += 1;
      await one();
    }
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: load.concurrent }, client));
  return { requests: done, seconds: (performance.now() - begin) / 1000, errors, wrong, examples };
}
