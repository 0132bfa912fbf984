// An application behind its sidecar: for each request it makes a call with the headers that the request's query names. Its response reports
// what it saw and how its call went.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type Answer, send } from "../envoy/client.ts";
import { type Application, listen } from "./listen.ts";

/**
 * The headers of the call: `forward` lists those copied from the request, `send` those added as "name: value", and `ask` the level to
 * request.
 */
function callHeaders(query: URLSearchParams, headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const names = query.getAll("forward").filter((name) => headers[name] !== undefined);
  const forwarded = names.map((name) => [name, headers[name]]);
  const sent = query.getAll("send").map((line) => line.split(/: (.*)/s).slice(0, 2));
  const asked = query.getAll("ask");
  return {
    ...Object.fromEntries([...forwarded, ...sent]),
    ...(asked.length > 0 ? { "x-request-priority": asked } : {}),
  };
}

/** What the application reports in the headers of its response. */
function report(seen: string | undefined, call: Answer): Record<string, string> {
  return {
    "x-app-saw": seen ?? "none",
    "x-call-status": `${call.status}`,
    "x-call-level": call.headers["x-seen-level"] || "none",
    "x-call-route": call.headers["x-route"] ?? "none",
    // An application cannot choose the level of its response.
    "x-request-priority": "nonsense",
  };
}

/** Listens on `port`, and calls the sidecar's outbound listener on port `outbound`. */
export function startApplication(port: number, outbound: number): Promise<Application> {
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://application");
    const seen = request.headers["x-request-priority"];
    try {
      const call = await send(outbound, "/", callHeaders(searchParams, request.headers));
      response.writeHead(200, report(Array.isArray(seen) ? seen.join(", ") : seen, call)).end();
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  return listen(server, port);
}
