// `serve PORT BYTES` sends that many bytes to each client until it is killed; `fetch HOST PORT` prints how many arrived.
import { connect, createServer } from "node:net";

const [role, ...args] = process.argv.slice(2);

if (role === "serve") {
  const [port, bytes] = args.map(Number);
  createServer((socket) => socket.on("error", () => undefined).end(Buffer.alloc(bytes))).listen(port, "::", () => {
    console.log("listening");
  });
} else {
  let received = 0;
  connect({ host: args[0], port: Number(args[1]) })
    .on("data", (chunk) => {
      received += chunk.length;
    })
    .on("end", () => console.log(received));
}
