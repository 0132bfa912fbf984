// A program of the bench: small requests at a fixed rate (open loop) over several connections, each timed until its whole answer is there.
import { connect, type Socket } from "node:net";
import { type Latencies, ports } from "./messages.ts";

const [host = "", perSecond = "200"] = process.argv.slice(2);
const connections = 8;
const request = Buffer.alloc(1000);
const period = 1000 / Number(perSecond);

interface Connection {
  readonly socket: Socket;
  /** When each unanswered request should have started, the oldest first. */
  readonly pending: number[];
  received: number;
}

let millis: number[] = [];

function open(): Connection {
  const socket = connect({ host, port: ports.requests, noDelay: true });
  const connection: Connection = { socket, pending: [], received: 0 };
  socket.on("data", (chunk) => {
    connection.received += chunk.length;
    for (; connection.received >= request.length; connection.received -= request.length)
      millis.push(performance.now() - connection.pending.shift()!);
  });
  return connection;
}

const all = Array.from({ length: connections }, open);
let next = performance.now() + 100;
let turn = 0;

function sendDue(): void {
  const now = performance.now();
  for (; next <= now; next += period) {
    const { socket, pending } = all[turn++ % connections]!;
    pending.push(next);
    socket.write(request);
  }
  setTimeout(sendDue, Math.max(0, next - performance.now()));
}
sendDue();

process.on("message", () => {
  const now = performance.now();
  const waiting = all.flatMap(({ pending }) => pending.map((start) => now - start));
  process.send!({ millis, waiting } satisfies Latencies);
  millis = [];
});
process.send!("ready");
