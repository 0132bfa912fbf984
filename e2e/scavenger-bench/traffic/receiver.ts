// A program of the bench: receives what sender.ts sends and counts it, and answers what requests.ts asks.
import { createServer } from "node:net";
import { ports, type Received } from "./messages.ts";

const bytes: Record<string, number> = {};

createServer((socket) => {
  const address = socket.localAddress!;
  socket.on("data", (chunk) => {
    bytes[address] = (bytes[address] ?? 0) + chunk.length;
  });
  socket.on("error", () => undefined); // the sender's reset
}).listen(ports.bulk);

process.on("message", () => process.send!({ bytes, at: performance.now() } satisfies Received));
process.send!("ready");
