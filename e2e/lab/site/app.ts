// One application of Bookinfo's topology, a process of its own. It knows nothing of levels: it calls http://SERVICE:9080 and forwards the
// trace headers.
import {
  Agent,
  createServer,
  get,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createInterface } from "node:readline";
import type { RequestClass } from "../classes.ts";
import { paths } from "../classes.ts";
import type { Work } from "../profiles.ts";
import { appPort } from "./topology.ts";
import { levelHeader, seenHeader } from "./trace-headers.ts";
import { Workers } from "./workers.ts";

export interface AppSettings {
  readonly service: "productpage" | "details" | "reviews" | "ratings";
  /** The request headers that it forwards. */
  readonly forward: readonly string[];
  /** The response size that productpage makes the others request from ratings. */
  readonly bytes: Readonly<Record<RequestClass, number>>;
  /** And what ratings has to do for it. Default: nothing. */
  readonly work?: Work;
  /** How many times as long this pod needs for an export. Default: 1. */
  readonly exportsTake?: number;
}

interface Answer {
  readonly body: string | Buffer;
  /** Levels seen by the applications that it called. */
  readonly seen: readonly string[];
}

type Handler = (url: URL, headers: IncomingHttpHeaders) => Promise<Answer>;

const settings: AppSettings = JSON.parse(process.argv[2] ?? "{}");
const workers =
  settings.work === undefined || settings.service !== "ratings" ? undefined : new Workers(settings.work.workers);
const agent = new Agent({ keepAlive: true });
const largest = Buffer.alloc(Math.max(...Object.values(settings.bytes)), "r");

function forwarded(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of settings.forward) {
    const value = headers[name];
    if (typeof value === "string") kept[name] = value;
  }
  return kept;
}

/** Sends a GET to another service; resolves with the size of its response in bytes and the levels seen there. */
function call(url: string, headers: IncomingHttpHeaders): Promise<{ size: number; seen: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: forwarded(headers) }, (answer) => {
      let size = 0;
      answer.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode !== 200) return reject(new Error(`${url} answered ${answer.statusCode}`));
        const seen = answer.headers[seenHeader];
        resolve({ size, seen: typeof seen === "string" && seen !== "" ? seen.split(",") : [] });
      });
    });
    request.on("error", (error) => reject(new Error(`${url}: ${error.message}`)));
  });
}

const handlers: Readonly<Record<AppSettings["service"], Handler>> = {
  async productpage(url, headers) {
    const name = url.pathname === paths.batch ? "batch" : "ls";
    const [size, work] = [settings.bytes[name], settings.work?.milliseconds[name] ?? 0];
    const details = await call(`http://details:${appPort}/details/0`, headers);
    const reviews = await call(`http://reviews:${appPort}/reviews/0?bytes=${size}&work=${work}`, headers);
    const body = `<p>details: ${details.size} bytes, reviews: ${reviews.size} bytes</p>\n`;
    return { body, seen: [...details.seen, ...reviews.seen] };
  },
  async details() {
    return { body: `${JSON.stringify({ id: 0, author: "William Shakespeare", year: 1595, pages: 200 })}\n`, seen: [] };
  },
  /** Answers with a summary: sending 2 MB on through two more proxies would make the machine the bottleneck. */
  async reviews(url, headers) {
    const ratings = await call(`http://ratings:${appPort}/ratings/0${url.search}`, headers);
    return { body: `${JSON.stringify({ id: 0, reviews: 2, bytesOfRatings: ratings.size })}\n`, seen: ratings.seen };
  },
  async ratings(url) {
    const work = Number(url.searchParams.get("work"));
    await workers?.work(work === settings.work?.milliseconds.batch ? work * (settings.exportsTake ?? 1) : work);
    return { body: largest.subarray(0, Number(url.searchParams.get("bytes"))), seen: [] };
  },
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://lab");
  const { body, seen } = await handlers[settings.service](url, request.headers);
  const mine = `${settings.service}=${request.headers[levelHeader] ?? "none"}`;
  response.setHeader(seenHeader, [mine, ...seen].join(","));
  response.setHeader("content-length", body.length);
  response.end(body);
}

const server = createServer({ noDelay: true, keepAlive: true }, (request, response) => {
  answer(request, response).catch((error: Error) => {
    response.statusCode = 502;
    response.end(`${settings.service}: ${error.message}\n`);
  });
});
// A proxy keeps connections for an hour; closing an idle one here could collide with a request.
server.keepAliveTimeout = 0;
server.listen(appPort, "0.0.0.0", () => console.log("ready"));

// A line asks it to close the connections that it keeps, or for the most requests that its workers had at once. When the lab ends in any
// way, this pipe closes.
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "forget") agent.destroy();
  console.log(line === "forget" ? "forgotten" : (workers?.takeMost() ?? 0));
}
process.exit(0);
