// Every example of filter/config/matcher-examples.ts in real Envoy: headers as its parser produces them, principals from certificates that
// it verified, claims from tokens that its jwt_authn filter verified.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ExampleRequest, MatcherExample } from "@expedite/filter/config/examples/example.ts";
import { matcherExamples } from "@expedite/filter/config/matcher-examples.ts";
import { answerByLevel, bootstrap, filterText, ladder } from "../envoy/bootstrap.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { limitOf } from "../process/limit.ts";
import { Authority, missingOpenssl } from "./certificates.ts";
import { jwtAuthentication, token } from "./tokens.ts";

const skip = missingOpenssl() || missingWasmRuntime();
const folder = mkdtempSync(join(tmpdir(), "matchers-"));
const port = 19100;

/** One listener has a rule for each example; each request names the rule that it is meant for. */
function ruleOf({ name, match }: MatcherExample) {
  const chosen = { name: "x-example", exact: name };
  return { name, match: { ...match, headers: [...(match.headers ?? []), chosen] }, level: "batch" };
}

const requests = matcherExamples.flatMap(({ holds, fails }) => [...holds, ...fails]);
const principals = [...new Set(requests.flatMap(({ principal }) => principal ?? []))];

/** An agent for each peer's certificate; the first peer has none. */
const agents = new Map<string | undefined, Agent>([
  [undefined, new Agent({ keepAlive: true, rejectUnauthorized: false })],
]);

let envoy: Envoy | undefined;
before(async () => {
  if (skip !== false) return;
  const authority = new Authority(folder);
  authority.certify("server", "spiffe://cluster.local/ns/shop/sa/server");
  principals.forEach((principal, index) => {
    authority.certify(`peer-${index}`, `spiffe://${principal}`);
    const [cert, key] = ["pem", "key"].map((end) => readFileSync(authority.file(`peer-${index}.${end}`)));
    agents.set(principal, new Agent({ keepAlive: true, rejectUnauthorized: false, cert: cert!, key: key! }));
  });
  const listener = {
    name: "gateway",
    port,
    before: [jwtAuthentication()],
    filter: filterText({ role: "gateway", trust: "Never", rules: matcherExamples.map(ruleOf), writeDefault: true }),
    routes: answerByLevel(ladder.levels),
    transportSocket: authority.tls("server", {}, "Downstream"),
  };
  envoy = await startEnvoy({ bootstrap: bootstrap([listener]), concurrency: 1 });
});
after(async () => {
  await envoy?.stop();
  for (const agent of agents.values()) agent.destroy();
  rmSync(folder, { recursive: true, force: true });
});

/** The level that the request left with. */
function send(example: string, { headers, principal, claims }: ExampleRequest): Promise<string | undefined> {
  const { ":method": method, ":path": path, ":authority": host, ...rest } = headers;
  const sent = { host: host ?? "shop.example.com", ...rest, "x-example": example } as Record<string, string>;
  if (claims !== undefined) sent.authorization = `Bearer ${token(claims)}`;
  const options = { port, method: `${method ?? "GET"}`, path: `${path ?? "/"}`, agent: agents.get(principal)! };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...options, host: "127.0.0.1", headers: sent, timeout: limitOf(10) * 1000 },
      (answer) => {
        answer.resume();
        answer.on("error", reject);
        answer.on("end", () =>
          answer.statusCode === 200
            ? resolve(answer.headers["x-seen-level"] as string | undefined)
            : reject(new Error(`${JSON.stringify(options.path)}: ${answer.statusCode}`)),
        );
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

for (const { name, holds, fails } of matcherExamples)
  test(`matchers: ${name}`, { skip }, async () => {
    for (const example of holds) assert.equal(await send(name, example), "batch", JSON.stringify(example));
    for (const example of fails) assert.equal(await send(name, example), "interactive", JSON.stringify(example));
  });
