// Sends one request of the client, and reports what was wrong with the answer, if anything.
import { randomBytes } from "node:crypto";
import { type Agent, get, type IncomingMessage } from "node:http";
import { paths, type RequestClass, seenLevels } from "../classes.ts";
import { seenHeader } from "../site/trace-headers.ts";

export interface RequestOptions {
  readonly agent: Agent;
  /** For example http://10.9.0.3:80. */
  readonly target: string;
  /** Seconds after which it is abandoned. */
  readonly timeout: number;
  /** How many applications have to report the class's level; 0 if no filter propagates levels. */
  readonly hops: number;
}

/** Everything is absent after a 200 in time for which every application saw the right level. */
export interface Outcome {
  readonly error?: string;
  readonly timeout?: true;
  readonly wrongLevel?: true;
}

function levelsAreRight(name: RequestClass, hops: number, answer: IncomingMessage): boolean {
  if (hops === 0) return true;
  const seen = `${answer.headers[seenHeader] ?? ""}`.split(",");
  return seen.length === hops && seen.every((hop) => hop.endsWith(`=${seenLevels[name]}`));
}

/** Never rejects. The request carries a trace id of its own, as one from a tracing edge does. */
export function send(name: RequestClass, { agent, target, timeout, hops }: RequestOptions): Promise<Outcome> {
  const traceparent = `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
  return new Promise((resolve) => {
    const request = get(target + paths[name], { agent, headers: { host: "bookinfo", traceparent } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("error", (error) => resolve({ error: error.message }));
      answer.on("end", () => {
        if (answer.statusCode !== 200) resolve({ error: `${answer.statusCode} ${text.trim()}` });
        else resolve(levelsAreRight(name, hops, answer) ? {} : { wrongLevel: true });
      });
    });
    const giveUp = setTimeout(() => {
      resolve({ error: `no answer in ${timeout} s`, timeout: true });
      request.destroy();
    }, timeout * 1000);
    request.on("error", (error) => resolve({ error: error.message }));
    request.on("close", () => clearTimeout(giveUp));
  });
}
