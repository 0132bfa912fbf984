// The applications of a chain of services. As most servers with a pool of threads, none of them notices that its caller has given up: it
// finishes what it began, and answers nobody.
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Application, listen } from "../../listen.ts";

/** What an application forwards: the request's id, and when its client sent it. */
const forwarded = ["x-request-id", "x-sent"] as const;

export interface Work {
  /** When the client sent the request, and when its work ended, in milliseconds. */
  readonly sent: number;
  readonly ended: number;
}

/** For each request it makes one call through its sidecar, and answers with the call's status. */
export async function startCaller(port: number, outbound: number): Promise<Application> {
  const agent = new Agent({ keepAlive: true });
  const call = ({ headers }: IncomingMessage, response: ServerResponse): void => {
    const sent = Object.fromEntries(forwarded.map((name) => [name, `${headers[name]}`]));
    const outgoing = request({ host: "127.0.0.1", port: outbound, agent, headers: sent }, (incoming) => {
      incoming.resume();
      incoming.on("end", () => response.writeHead(incoming.statusCode ?? 502).end());
    });
    outgoing.on("error", () => response.writeHead(502).end());
    outgoing.end();
  };
  const served = await listen(createServer(call), port);
  return {
    async close() {
      agent.destroy();
      await served.close();
    },
  };
}

export interface WorkerOptions {
  readonly port: number;
  readonly workers: number;
  /** Milliseconds of work for each request. */
  readonly work: number;
  /** To be called when the work for a request has ended. */
  readonly ended: (work: Work) => void;
}

/** It works on a fixed number of requests at once, first in, first out. */
export function startWorkers({ port, workers, work, ended }: WorkerOptions): Promise<Application> {
  const line: (() => Promise<void>)[] = [];
  let busy = 0;
  const next = async (): Promise<void> => {
    if (busy >= workers) return;
    busy += 1;
    for (let job = line.shift(); job !== undefined; job = line.shift()) await job();
    busy -= 1;
  };
  const server = createServer(({ headers }, response) => {
    line.push(async () => {
      await sleep(work);
      ended({ sent: Number(headers["x-sent"]), ended: performance.now() });
      response.writeHead(200).end();
    });
    next().catch(() => undefined);
  });
  return listen(server, port);
}
