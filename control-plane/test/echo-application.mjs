// An application that answers every request with what it received, as JSON, and with the level that the request's x-answer asks for.
// Arguments: PORT, and the address to listen on (default: the loopback).
import { createServer } from "node:http";

createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  const level = request.headers["x-answer"];
  if (level !== undefined) response.setHeader("x-request-priority", level);
  response.end(JSON.stringify({ url: request.url, headers: request.headers }));
}).listen(Number(process.argv[2]), process.argv[3] ?? "127.0.0.1", () => console.log("listening"));
