// Requests of the bench, a process each, which answers each line on its standard input with one of JSON. Roles: `serve PORT BYTES` answers each
// request with that many; `ask HOST PORT RATE BYTES` asks that often per second between "start" and "stop", and each line gives the latencies
// since the last one, in milliseconds.
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

const [role, ...args] = process.argv.slice(2);
const answer = (value) => console.log(JSON.stringify(value));
const commands = (handle) => createInterface({ input: process.stdin }).on("line", (line) => answer(handle(line)));
const requestBytes = 100;

function serve(port, bytes) {
  const body = Buffer.alloc(Number(bytes));
  createServer({ noDelay: true }, (socket) => {
    let received = 0;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      for (received += chunk.length; received >= requestBytes; received -= requestBytes) socket.write(body);
    });
  }).listen(Number(port), "::", () => answer("ready"));
}

/** Open loop: a slow answer does not delay the next request. */
function ask(host, port, perSecond, bytes) {
  const size = Number(bytes);
  const request = Buffer.alloc(requestBytes);
  let millis = [];
  const connections = Array.from({ length: 16 }, () => {
    const connection = { socket: connect({ host, port: Number(port), noDelay: true }), pending: [], received: 0 };
    connection.socket.on("data", (chunk) => {
      for (connection.received += chunk.length; connection.received >= size; connection.received -= size)
        millis.push(performance.now() - connection.pending.shift());
    });
    connection.socket.on("error", () => undefined);
    return connection;
  });
  let next = 0;
  let turn = 0;
  let isAsking = false;
  setInterval(() => {
    if (!isAsking) return;
    for (const now = performance.now(); next <= now; next += 1000 / Number(perSecond)) {
      const connection = connections[turn++ % connections.length];
      connection.pending.push(performance.now());
      connection.socket.write(request);
    }
  }, 1);
  commands((line) => {
    if (line === "start") next = performance.now();
    if (line !== "read") isAsking = line === "start";
    const found = millis;
    millis = [];
    return found;
  });
  answer("ready");
}

({ serve, ask })[role](...args);
