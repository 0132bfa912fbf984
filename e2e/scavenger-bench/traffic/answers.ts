// A program of the bench: sends every byte back. Its own process, so that counting bulk data does not delay answers.
import { createServer } from "node:net";
import { ports } from "./messages.ts";

createServer({ noDelay: true }, (socket) => {
  socket.on("data", (chunk) => socket.write(chunk));
  socket.on("error", () => undefined);
}).listen(ports.requests, () => process.send!("ready"));
process.on("message", () => undefined); // keeps the channel, and with it the process
