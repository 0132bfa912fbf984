// `serve PORT` sends back whatever it gets; `talk HOST PORT` sends a line on one connection every 20 ms and prints when it is connected.
import { connect, createServer } from "node:net";

const [role, ...args] = process.argv.slice(2);

if (role === "serve") {
  createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  }).listen(Number(args[0]), "::", () => console.log("listening"));
} else {
  const socket = connect({ host: args[0], port: Number(args[1]) });
  socket.on("connect", () => console.log("connected"));
  socket.resume();
  setInterval(() => socket.write("hello\n"), 20);
}
