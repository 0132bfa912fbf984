// What `expedite explain` reports about a request: the rule, why the previous rules don't match, the level, and where that is decided. The
// real filter answers.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { explained, file, folder, ladder, lines, type Options } from "../../../test/explained.ts";
import { UserError } from "../user-error.ts";

const routes = join(import.meta.dirname, "../../../testdata/route-policy-before-gateway-policy/input.yaml");

function policy(name: string, spec: string): string {
  return `apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: ${name}, namespace: shop }
spec: ${spec}
---
`;
}

function problems(content: string, options: Options = {}): readonly string[] {
  try {
    return explained(content, options).notes;
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.problems;
  }
}

const rules = file(
  policy(
    "shop",
    `
  rules:
    - { name: people, match: { headers: [{ name: user-agent, contains: Mozilla }], path: { prefix: /export, not: true } }, level: interactive }
    - { name: tools, match: { method: { exact: GET }, headers: [{ name: user-agent, any: [{ prefix: curl/ }, { contains: bot }] }] }, level: batch }
    - { name: rest, level: batch }
    - { name: never, level: interactive }
`,
  ),
);

test("the rule that matches, and why each before it does not", () => {
  assert.deepEqual(lines(rules, { path: "/export?page=2", header: ["User-Agent: curl/8.5"] }), [
    "GET localhost/export?page=2 → batch",
    "at workloads of namespace shop: rule tools of PriorityPolicy shop/shop",
    "",
    '  ✗ people  path not prefix "/export"                           found "/export"',
    '            header user-agent contains "Mozilla"                found "curl/8.5"',
    '  ✓ tools   method exact "GET"                                  found "GET"',
    '            header user-agent prefix "curl/" or contains "bot"  found "curl/8.5"',
    "  · 2 more, not reached",
  ]);
});

test("a rule without matchers", () => {
  assert.deepEqual(lines(rules, { method: "POST" }).slice(3), [
    '  ✗ people  header user-agent contains "Mozilla"                found absent',
    '  ✗ tools   method exact "GET"                                  found "POST"',
    '            header user-agent prefix "curl/" or contains "bot"  found absent',
    "  ✓ rest    matches every request",
    "  · 1 more, not reached",
  ]);
});

test("no rule matches: the default level of the policy, or else of the ladder", () => {
  const rule = "rules: [{ name: a, match: { path: { exact: /a } }, level: batch }]";
  const own = file(policy("own", `{ ${rule}, defaultLevel: batch }`));
  assert.deepEqual(
    lines(own)[1],
    "at workloads of namespace shop: no rule matches, so the policy's defaultLevel applies",
  );
  assert.equal(explained(own).level, "batch");
  const none = file(policy("none", `{ ${rule} }`));
  assert.deepEqual(
    lines(none)[1],
    "at workloads of namespace shop: no rule matches, so the ladder's defaultLevel applies",
  );
  assert.equal(explained(none).level, "interactive");
});

test("a level in the request is trusted as far as trust allows", () => {
  const header = ["x-request-priority: batch"];
  const mesh = file(policy("mesh", "{ rules: [{ name: all, level: interactive }] }"));
  const believed = explained(mesh, { header, principal: "cluster.local/ns/shop/sa/cart" });
  assert.deepEqual([believed.level, believed.by, believed.rules[0]?.outcome], ["batch", "header", "not reached"]);
  for (const principal of ["elsewhere.example/ns/shop/sa/cart", undefined]) {
    const { level, by, notes } = explained(mesh, { header, ...(principal && { principal }) });
    assert.deepEqual([level, by], ["interactive", "rule"]);
    assert.deepEqual(notes, ["x-request-priority: batch is not trusted, and is removed: trust is Mesh here"]);
  }
});

test("the host chooses the route, and a route's policy comes before its gateway's", () => {
  const report = lines("", { file: [routes], host: "r.shop.example", header: ["user-agent: bot"] });
  assert.deepEqual(report.slice(0, 2), [
    "GET r.shop.example/ → batch",
    "at Gateway shop/edge: rule default of PriorityPolicy shop/reports",
  ]);
  const other = explained("", { file: [routes], host: "www.shop.example", header: ["user-agent: bot"] });
  assert.deepEqual([other.rule, other.policy, other.level], ["bots", "shop/edge", "batch"]);
});

const shared = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec: { selector: { istio: edge }, servers: [{ port: { number: 80, protocol: HTTP }, hosts: ["*/*.example"] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: all, namespace: shop }
spec: { hosts: ["*.shop.example"], gateways: [infra/edge], http: [{ route: [{ destination: { host: web } }] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api, namespace: api }
spec: { hosts: [api.shop.example], gateways: [infra/edge], http: [{ route: [{ destination: { host: api } }] }] }
---
`;
const forAll =
  "{ targetRefs: [{ group: networking.istio.io, kind: VirtualService, name: all }], rules: [{ name: exports, match: { path: { prefix: /export } }, level: batch }] }";

test("the parent of a route may be missing, with the section and port that the route names", () => {
  const route = (parent: string) => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec: { parentRefs: [${parent}], rules: [{ backendRefs: [{ name: web, port: 80 }] }] }
---
`;
  const own = policy(
    "shop",
    "{ targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: web }], rules: [{ name: exports, match: { path: { prefix: /export } }, level: batch }] }",
  );
  for (const [parent, kind] of [
    ["{ name: edge, sectionName: https, port: 443 }", "Gateway"],
    ["{ kind: ListenerSet, name: edge, sectionName: shop }", "ListenerSet"],
  ] as const) {
    const { level, notes } = explained(file(route(parent) + own), { path: "/export" });
    assert.deepEqual(
      [level, notes],
      ["batch", [`not in the files, so assumed to serve every host: ${kind} shop/edge`]],
    );
  }
});

test("a VirtualService's policy applies at Istio's Gateway, for its hosts except a more specific host of another VirtualService", () => {
  const content = file(shared + policy("shop", forAll));
  assert.deepEqual(lines(content, { host: "www.shop.example", path: "/export" }).slice(0, 2), [
    "GET www.shop.example/export → batch",
    "at Gateway infra/edge: rule exports of PriorityPolicy shop/shop",
  ]);
  const { level, by, rules: told } = explained(content, { host: "api.shop.example", path: "/export" });
  assert.deepEqual([level, by, told.map(({ outcome }) => outcome)], ["interactive", "ladder", ["not reached"]]);
  const alone = explained(file(policy("shop", forAll)), { path: "/export" });
  assert.deepEqual(
    [alone.level, alone.notes],
    ["batch", ["not in the files, so assumed to serve every host: VirtualService shop/all"]],
  );
});

const two = file(
  policy("cart", "{ targetRefs: [{ kind: Service, name: cart }], defaultLevel: batch }") +
    policy("web", "{ targetRefs: [{ kind: Service, name: web }] }"),
);

test("one of several policies is chosen by name or by host", () => {
  assert.deepEqual(problems(two), [
    "--policy: the request could enter at Service shop/cart (shop/cart) or at Service shop/web (shop/web); name one of these policies, or a --host",
  ]);
  assert.equal(explained(two, { policy: "shop/cart" }).level, "batch");
  assert.equal(explained(two, { host: "web.shop.svc:8080" }).at.name, "web");
  assert.equal(explained(two, { host: "web.shop.svc.cluster.local.:8080" }).at.name, "web");
  assert.deepEqual(problems(two, { policy: "cart" }), [
    '--policy: "cart" is not a PriorityPolicy of the files; allowed: shop/cart, shop/web',
  ]);
});

test("what the files lack is reported", () => {
  const alone = explained("", { file: [two], policy: "shop/web" });
  assert.deepEqual(alone.notes, [
    "the files have no PriorityLadder; assumed are the levels interactive, batch, with default interactive",
    "not in the files, so assumed to serve every host: Service shop/cart, Service shop/web",
  ]);
});

test("a ladder that does not enforce, and levels that are read from other headers", () => {
  const observed = file(`apiVersion: expedite.dev/v1alpha1
kind: PriorityLadder
metadata: { name: default }
spec:
  mode: Observe
  readFrom: [{ header: x-priority, values: [{ value: "7", level: batch }] }]
  levels: [{ name: interactive }, { name: batch, dscp: CS1 }]
  defaultLevel: interactive
---
${policy("trusting", "{ trust: Always }")}`);
  const { level, by, notes } = explained("", { file: [observed], header: ["X-Priority: 7"] });
  assert.deepEqual([level, by], ["batch", "header"]);
  assert.deepEqual(notes, ["the ladder's mode is Observe: the level is counted but not written"]);
});

test("a percentage needs an id, and says so", () => {
  const share = file(
    policy("share", "{ rules: [{ name: half, match: { percentage: { value: 50 } }, level: batch }] }"),
  );
  assert.deepEqual(lines(share).slice(3, 4), ["  ✗ half  percentage 50  found x-request-id absent"]);
  assert.match(explained(share).notes[0] ?? "", /^a percentage depends on the x-request-id/);
  const levels = Array.from({ length: 40 }, (_, id) => explained(share, { header: [`x-request-id: ${id}`] }).level);
  assert.deepEqual([...new Set(levels)].sort(), ["batch", "interactive"]);
});

const emptyModule = join(folder, "empty.wasm");
writeFileSync(emptyModule, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

test("a wrong option is named, with its value and what is allowed", () => {
  const wrong: readonly (readonly [Options, string])[] = [
    [{ method: "get" }, '--method: "get" is not an HTTP method in upper case; allowed: e.g. GET, POST'],
    [{ path: "export" }, '--path: "export" does not begin with /; allowed: e.g. /export?page=2'],
    [{ host: "http://a/" }, '--host: "http://a/" is not a host; allowed: e.g. shop.example'],
    [
      { header: ["agent"] },
      "--header: \"agent\" is not 'name: value'; allowed: e.g. 'user-agent: curl' (for :path see --path)",
    ],
    [{ principal: "cart" }, '--principal: "cart" is not a SPIFFE id; allowed: e.g. cluster.local/ns/shop/sa/cart'],
    [{ claim: ["free"] }, '--claim: "free" is not name=value; allowed: e.g. plan=free'],
    [
      { filter: rules },
      `--filter: ${rules} is not the filter's Wasm module: WebAssembly.Module(): expected magic word`,
    ],
    [
      { filter: emptyModule },
      `--filter: ${emptyModule} is not the filter's Wasm module: the module does not export a function`,
    ],
  ];
  for (const [options, message] of wrong) assert.ok(problems(rules, options)[0]?.startsWith(message), message);
  assert.deepEqual(problems(file("")), ["-f: the files have no PriorityPolicy; add the file that has one"]);
});

test("a list of Services with clusters by level is named where the request's level has clusters", () => {
  const listing = file(`apiVersion: expedite.dev/v1alpha1
kind: PriorityLadder
metadata: { name: default }
spec:
  levels: [{ name: interactive }, { name: batch, dscp: CS1 }]
  defaultLevel: interactive
  levelClusters: { hosts: ["*.shop.svc.cluster.local"] }
`);
  const note = (path: string, first: string) =>
    explained(rules, { file: [first, rules], path, header: ["User-Agent: curl/8.5"] }).notes.filter((line) =>
      line.includes("levelClusters: "),
    );
  assert.deepEqual(note("/export", listing), [
    "the ladder lists *.shop.svc.cluster.local in levelClusters: requests to other Services share connections, whatever their level",
  ]);
  assert.deepEqual(note("/export", ladder), []);
});
