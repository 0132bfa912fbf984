// Sends a request to an Envoy's socket, and reports the route and the cluster that it took, and everything else that client and application
// saw.
import { Agent, request } from "node:http";
import type { Json } from "../protocol.ts";
import { told } from "./listeners.ts";
import type { Probe } from "./probes.ts";
import type { Seen } from "./upstreams.ts";

export type Exchange = {
  readonly status: number;
  /** The route that Envoy took, as it reports it. */
  readonly route: string;
  readonly config: string | undefined;
  /** The cluster whose application answered; undefined if Envoy itself answered. */
  readonly cluster: string | undefined;
  /** What should be the same whichever cluster it was. */
  readonly effects: Json;
};

export const isTimeout = ({ status }: Exchange): boolean => status === 504;

/** Headers that differ with each exchange. */
const passing = ["date", "content-length", "x-envoy-upstream-service-time", ...Object.values(told)];

export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  /** @param ignored request and response headers that Expedite itself writes */
  async exchange(socketPath: string, probe: Probe, ignored: readonly string[]): Promise<Exchange> {
    const { status, headers, body } = await this.#send(socketPath, probe);
    const seen = headers["content-type"] === "application/json" ? (JSON.parse(body) as Seen) : undefined;
    const config = headers[told.config];
    return {
      ...{ status, route: headers[told.route] ?? "", config: config === "-" ? undefined : config },
      cluster: seen?.cluster,
      effects: {
        ...{ status, answered: without(headers, [...passing, ...ignored]) },
        ...(seen === undefined ? { body } : {}),
        ...(seen && { method: seen.method, path: seen.path, seen: without(seen.headers, [...passing, ...ignored]) }),
      },
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(socketPath: string, { authority, method, path, headers }: Probe) {
    return new Promise<{ status: number; headers: Record<string, string | undefined>; body: string }>(
      (resolve, reject) => {
        const options = { ...{ socketPath, method, path, agent: this.#agent, timeout: 20_000 }, setHost: false };
        const outgoing = request({ ...options, headers: { host: authority, ...headers } }, (incoming) => {
          let body = "";
          incoming.setEncoding("utf8");
          incoming.on("data", (chunk: string) => {
            body += chunk;
          });
          incoming.on("error", reject);
          incoming.on("end", () => {
            const all = Object.entries(incoming.headersDistinct).map(([name, list]) => [name, list?.join(", ")]);
            resolve({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(all), body });
          });
        });
        outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer to ${authority}${path} in 20 s`)));
        outgoing.on("error", reject);
        outgoing.end();
      },
    );
  }
}

function without(headers: Readonly<Record<string, unknown>>, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
