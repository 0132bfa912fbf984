// In: PORT, and the address to listen on (default: the loopback). An application that answers every request with what it received, as JSON.
import { createServer } from "node:http";

createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ url: request.url, headers: request.headers }));
}).listen(Number(process.argv[2]), process.argv[3] ?? "127.0.0.1", () => console.log("listening"));
