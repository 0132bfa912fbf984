// Sends one HTTP request to a port of this machine.
import { Agent, type ClientRequestArgs, request } from "node:http";
import { limitOf } from "../process/limit.ts";

export interface Answer {
  readonly status: number;
  /** The value of a header; multiple values are joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Keeps connections open; the tests close them with closeClient. */
const agent = new Agent({ keepAlive: true, maxSockets: 400 });

export function closeClient(): void {
  agent.destroy();
}

/** A header given as an array is sent as one line per value. @throws when there is no answer */
export function send(
  port: number,
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options: ClientRequestArgs = { host: "127.0.0.1", port, path, agent, timeout: limitOf(10) * 1000 };
    const outgoing = request(options, (incoming) => {
      let body = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        body += chunk;
      });
      incoming.on("end", () => {
        const entries = Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values?.join(", ")]);
        resolve({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(entries), body });
      });
      incoming.on("error", reject);
    });
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${port}${path}: no answer`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
