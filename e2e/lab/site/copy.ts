// A backup: in the bottleneck pod it serves bytes without end; elsewhere it reads them by four connections, and prints how many for each line
// that it reads. It is a process of its own, and ends with the lab.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { applications, backupPort, bottleneckPod } from "./topology.ts";

const connections = 4;
const chunk = Buffer.alloc(64 * 1024, "b");

function send(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  const fill = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", fill);
  fill();
}

if (process.argv[2] === bottleneckPod) {
  createServer(send).listen(backupPort, "0.0.0.0", () => console.log("ready"));
} else {
  const source = applications.find(({ name }) => name === bottleneckPod)!;
  let received = 0;
  const sockets = Array.from({ length: connections }, () => connect(backupPort, source.address));
  for (const socket of sockets)
    socket.on("data", (data) => {
      received += data.length;
    });
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  console.log("ready");
  createInterface({ input: process.stdin }).on("line", () => console.log(received));
}

// When the lab ends in any way, this pipe closes.
process.stdin.on("end", () => process.exit(0)).resume();
