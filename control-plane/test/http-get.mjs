// Sends a GET to a URL with headers in JSON, and prints status, headers and body as JSON. Waits up to ten seconds for a server that is
// still starting.
import { request } from "node:http";

const [url, headers] = process.argv.slice(2);

const get = () =>
  new Promise((done, fail) => {
    request(url, { headers: JSON.parse(headers ?? "{}") }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => done({ status: response.statusCode, headers: response.headers, body }));
    })
      .on("error", fail)
      .end();
  });

const end = Date.now() + 60_000;
for (;;) {
  try {
    const answer = await get();
    // Envoy's /ready answers 503 while it starts.
    if (answer.status !== 503 || !url.endsWith("/ready") || Date.now() > end) {
      console.log(JSON.stringify(answer));
      break;
    }
    await new Promise((done) => setTimeout(done, 50));
  } catch (error) {
    if (error.code !== "ECONNREFUSED" || Date.now() > end) throw error;
    await new Promise((done) => setTimeout(done, 50));
  }
}
