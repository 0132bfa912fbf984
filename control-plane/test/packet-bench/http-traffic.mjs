// HTTP of the bench: `serve PORT` answers requests, each after 20 ms; `load PORT CLIENTS` keeps that many clients asking a local proxy from the first
// line of its standard input on, and prints on each how many requests it has made and how many failed.
import { Agent, createServer, get } from "node:http";
import { createInterface } from "node:readline";

const [role, port, clients] = process.argv.slice(2);

if (role === "serve") {
  const server = createServer((_, response) => setTimeout(() => response.end("x".repeat(1000)), 20));
  server.keepAliveTimeout = 600_000;
  server.listen(Number(port), "0.0.0.0", () => console.log('"ready"'));
} else {
  const agent = new Agent({ keepAlive: true });
  const counts = { made: 0, failed: 0 };
  const ask = () => {
    counts.made++;
    const again = (isGood) => {
      if (!isGood) counts.failed++;
      setTimeout(ask, 50);
    };
    get({ host: "127.0.0.1", port: Number(port), agent }, (response) => {
      response.resume();
      response.once("close", () => again(response.statusCode === 200 && response.complete));
    }).once("error", () => again(false));
  };
  createInterface({ input: process.stdin }).on("line", () => {
    if (counts.made === 0) for (let client = 0; client < Number(clients); client++) ask();
    console.log(JSON.stringify(counts));
  });
  console.log('"ready"');
}
