// `HOST PORT`: for each line of its input, a number of milliseconds, it sends datagrams for that long, and prints how many.
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";

const [host, port] = process.argv.slice(2);
const payload = Buffer.alloc(18);
/** Datagrams between two looks at the clock. */
const burst = 64;

const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
await new Promise((resolve) => socket.connect(Number(port), host, resolve));

/** A datagram that the kernel refuses does not count. */
const sendBurst = () =>
  new Promise((resolve) => {
    let left = burst;
    let sent = 0;
    const done = (error) => {
      if (error === null) sent++;
      if (--left === 0) resolve(sent);
    };
    for (let index = 0; index < burst; index++) socket.send(payload, done);
  });

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  let sent = 0;
  for (const end = performance.now() + Number(line); performance.now() < end; ) sent += await sendBurst();
  console.log(sent);
}
socket.close();
