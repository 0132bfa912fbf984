// Traffic of the bench, a process each, which answers each line on its standard input with one of JSON. Roles: `sink PORT` counts what arrives;
// `bulk HOST PORT FLOWS` sends as fast as it can between "start" and "stop"; `serve PORT BYTES` answers each request with that many;
// `ask HOST PORT RATE BYTES` asks that often per second, and "read" gives the latencies since the last time, in milliseconds.
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

const [role, ...args] = process.argv.slice(2);
const answer = (value) => console.log(JSON.stringify(value));
const commands = (handle) => createInterface({ input: process.stdin }).on("line", (line) => answer(handle(line)));
const requestBytes = 100;

function sink(port) {
  let bytes = 0;
  createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      bytes += chunk.length;
    });
  }).listen(Number(port), "::", () => answer("ready"));
  commands(() => ({ bytes, at: performance.now() }));
}

function bulk(host, port, flows) {
  const chunk = Buffer.alloc(256 << 10);
  let sockets = [];
  const send = (socket) => {
    while (socket.writable && socket.write(chunk));
  };
  commands((line) => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    if (line === "start")
      for (let flow = 0; flow < Number(flows); flow++) {
        const socket = connect({ host, port: Number(port) });
        socket.on("error", () => undefined);
        socket.on("connect", () => send(socket)).on("drain", () => send(socket));
        sockets.push(socket);
      }
    return line;
  });
  answer("ready");
}

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
  let next = performance.now() + 200;
  let turn = 0;
  setInterval(() => {
    for (const now = performance.now(); next <= now; next += 1000 / Number(perSecond)) {
      const connection = connections[turn++ % connections.length];
      connection.pending.push(performance.now());
      connection.socket.write(request);
    }
  }, 1);
  commands(() => {
    const found = millis;
    millis = [];
    return found;
  });
  answer("ready");
}

({ sink, bulk, serve, ask })[role](...args);
