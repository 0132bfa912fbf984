// A program of the bench: keeps TCP connections busy. Which congestion control they use is the route's choice.
import { connect, type Socket } from "node:net";
import { ports, type SenderOrder } from "./messages.ts";

const block = Buffer.alloc(64 * 1024);
const flows = new Map<string, Socket[]>();

function fill(socket: Socket): void {
  while (socket.writable && socket.write(block));
}

function start(host: string): Socket {
  const socket = connect({ host, port: ports.bulk });
  socket.on("connect", () => fill(socket));
  socket.on("drain", () => fill(socket));
  socket.on("error", (error) => {
    if (flows.get(host)?.includes(socket)) throw error;
  });
  return socket;
}

process.on("message", (order: SenderOrder) => {
  if ("start" in order)
    flows.set(
      order.start,
      Array.from({ length: order.flows }, () => start(order.start)),
    );
  else {
    const stopped = flows.get(order.stop) ?? [];
    flows.delete(order.stop);
    // A reset, so that what waits in the socket's buffer is not sent any more.
    for (const socket of stopped) socket.resetAndDestroy();
  }
  process.send!("done");
});
