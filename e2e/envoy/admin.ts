// Queries an Envoy's admin interface over its Unix socket, which can be reached from every network namespace.
import { get } from "node:http";
import { limitOf } from "../process/limit.ts";

/** Sends a GET to an admin path. @returns the text. @throws when nothing answers or the status is not 2xx */
export function getText(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, path, timeout: limitOf(5) * 1000, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () =>
        answer.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${answer.statusCode}`)),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`${path}: no answer from Envoy`)));
    request.on("error", reject);
  });
}

/** Counters and gauges by name. `filter` is a regular expression that Envoy applies to the names. */
export async function readStats(socketPath: string, filter: string): Promise<ReadonlyMap<string, number>> {
  const text = await getText(socketPath, `/stats?filter=${encodeURIComponent(filter)}`);
  const stats = new Map<string, number>();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(": ");
    if (at > 0) stats.set(line.slice(0, at), Number(line.slice(at + 2)));
  }
  return stats;
}
