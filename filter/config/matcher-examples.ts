// Lists for every operator of every matcher a match, requests that match, and requests that don't. The tests send them through the filter
// in Node and in real Envoy, and the reference shows them.
import { claims, type MatcherExample, method, nothing, path, requestId } from "./examples/example.ts";
import { grpcs, headers } from "./examples/headers.ts";
import { jwts } from "./examples/jwt.ts";
import { query } from "./examples/query.ts";
import { hosts, methods, paths } from "./examples/request-line.ts";
import { cart, nightly, sources } from "./examples/source.ts";

const everything: readonly MatcherExample[] = [
  { name: "everything", match: {}, holds: [nothing, method("POST"), path("/a?b")], fails: [] },
];

const percentages: readonly MatcherExample[] = [
  {
    // Which ids are included must not change from one version to the next.
    name: "percentage",
    match: { percentage: { value: 30 } },
    holds: [requestId("a"), requestId("b"), requestId("a, c")],
    fails: [requestId("c"), requestId("c, a"), requestId("7d1b1c8e-93a5-4c2f-8f6e-0d9f3f6f2a11")],
  },
  {
    name: "percentage-all",
    match: { percentage: { value: 100 } },
    holds: [requestId("a"), requestId("7d1b1c8e-93a5-4c2f-8f6e-0d9f3f6f2a11")],
    fails: [],
  },
  {
    name: "percentage-none",
    match: { percentage: { value: 0 } },
    holds: [],
    fails: [requestId("a"), requestId("7d1b1c8e-93a5-4c2f-8f6e-0d9f3f6f2a11")],
  },
  {
    name: "percentage-not",
    match: { percentage: { value: 100, not: true } },
    holds: [],
    fails: [requestId("a"), requestId("7d1b1c8e-93a5-4c2f-8f6e-0d9f3f6f2a11")],
  },
];

const combinations: readonly MatcherExample[] = [
  {
    name: "all-of-them",
    match: {
      method: { exact: "POST" },
      host: { suffix: ".example.com" },
      path: { prefix: "/export" },
      headers: [{ name: "user-agent", contains: "Mozilla", not: true }],
      query: [{ name: "page", present: false }],
    },
    holds: [{ headers: { ":method": "POST", ":path": "/export/all" } }],
    fails: [
      { headers: { ":path": "/export/all" } },
      { headers: { ":method": "POST", ":path": "/export/all", ":authority": "example.org" } },
      { headers: { ":method": "POST", ":path": "/" } },
      { headers: { ":method": "POST", ":path": "/export", "user-agent": "Mozilla/5.0" } },
      { headers: { ":method": "POST", ":path": "/export?page=2" } },
    ],
  },
  {
    name: "peer-and-claim",
    match: { source: { namespace: { exact: "shop" } }, jwt: [{ claim: ["plan"], exact: "free" }] },
    holds: [{ ...cart, claims: { plan: "free" } }],
    fails: [cart, claims({ plan: "free" }), { ...nightly, claims: { plan: "free" } }],
  },
];

export const matcherExamples: readonly MatcherExample[] = [
  ...everything,
  ...methods,
  ...hosts,
  ...paths,
  ...headers,
  ...query,
  ...grpcs,
  ...sources,
  ...jwts,
  ...percentages,
  ...combinations,
];
