// A bad PriorityPolicy: one line with file, field, value and what is allowed, and nothing is written.
import { testBadInput } from "../../../test/refused.ts";

const inPolicy = "PriorityPolicy shop: spec";
const policyId = "PriorityPolicy shop/shop: spec";

testBadInput([
  [
    "an unknown level",
    "level: batch",
    "level: bulk",
    `policy.yaml:8: ${policyId}.rules[0].level: "bulk" is not a level of PriorityLadder default; allowed: interactive, batch`,
  ],
  [
    "an unknown default level of a policy",
    "spec:\n  rules",
    "spec:\n  defaultLevel: bulk\n  rules",
    `policy.yaml:5: ${policyId}.defaultLevel: "bulk" is not a level of PriorityLadder default; allowed: interactive, batch`,
  ],
  [
    "a policy for another ladder",
    "spec:\n  rules",
    "spec:\n  ladder: other\n  rules",
    `policy.yaml:5: ${policyId}.ladder: "other" is not the ladder of this mesh; allowed: default`,
  ],
  [
    "an unknown kind in Expedite's group",
    "kind: PriorityPolicy",
    "kind: Deployment",
    'policy.yaml:2: Deployment shop: kind: "Deployment" is not a kind of expedite.dev; allowed: PriorityLadder, PriorityPolicy, RequestQueue',
  ],
  ["no kind", "kind: PriorityPolicy\n", "", "policy.yaml:1: shop: kind: is required: the kind of a Kubernetes object"],
  [
    "another version",
    "alpha1\nkind: PriorityPolicy",
    "\nkind: PriorityPolicy",
    `policy.yaml:1: PriorityPolicy shop: apiVersion: "expedite.dev/v1" is not allowed here; allowed: expedite.dev/v1alpha1`,
  ],
]);

/** Name, the match, and the message after `spec.rules[0].match`. */
const matches: readonly (readonly [string, string, string])[] = [
  [
    "an unknown matcher",
    "{ cookie: { exact: a } }",
    ".cookie: is not a field; allowed: method, host, path, headers, query, grpc, source, jwt, percentage",
  ],
  [
    "a matcher without its operator",
    "{ method: GET }",
    '.method: "GET" must be a map of fields; allowed: exact, any, not',
  ],
  ["a method in lower case", "{ method: { exact: get } }", '.method.exact: "get" must be an upper-case HTTP method'],
  [
    "a host with its port",
    "{ host: { exact: 'shop.example:80' } }",
    '.host.exact: "shop.example:80" must be a lower-case host name without port',
  ],
  ["a path that does not begin with a slash", "{ path: { glob: '*.csv' } }", '.path.glob: "*.csv" must begin with /'],
  [
    "an unknown operator",
    "{ path: { regex: /a } }",
    ".path.regex: is not a field; allowed: exact, prefix, glob, any, not",
  ],
  ["two operators", "{ path: { exact: /a, prefix: /a } }", ".path: needs exactly one of: exact, prefix, glob, any"],
  [
    "an operator next to any",
    "{ path: { exact: /a, any: [{ prefix: /b }] } }",
    ".path: needs exactly one of: exact, prefix, glob, any",
  ],
  [
    "two operators in any",
    "{ path: { any: [{ exact: /a, prefix: /b }] } }",
    ".path.any[0]: needs exactly one of: exact, prefix, glob",
  ],
  [
    "not inside any",
    "{ path: { any: [{ exact: /a, not: true }] } }",
    ".path.any[0].not: is not a field; allowed: exact, prefix, glob",
  ],
  ["any of nothing", "{ path: { any: [] } }", ".path.any: has too few entries; allowed: at least 1"],
  ["not that is not a boolean", "{ path: { exact: /a, not: maybe } }", '.path.not: "maybe" must be a boolean'],
  [
    "a header in upper case",
    "{ headers: [{ name: User-Agent, present: true }] }",
    '.headers[0].name: "User-Agent" must be a lower-case HTTP header name',
  ],
  [
    "a header without operator",
    "{ headers: [{ name: x-a }] }",
    ".headers[0]: needs exactly one of: exact, prefix, suffix, contains, present, any",
  ],
  ["a header without name", "{ headers: [{ present: true }] }", ".headers[0].name: is required: a string"],
  [
    "present that is not a boolean",
    "{ headers: [{ name: x-a, present: 1 }] }",
    ".headers[0].present: 1 must be a boolean",
  ],
  [
    "an empty value",
    "{ headers: [{ name: x-a, contains: '' }] }",
    '.headers[0].contains: "" has too few characters; allowed: at least 1',
  ],
  [
    "a value that YAML reads as a boolean",
    "{ headers: [{ name: x-bulk, exact: on }] }",
    ".headers[0].exact: true must be a string: YAML reads on, off, yes, no, y and n as booleans; put the value in quotes",
  ],
  [
    "a value that YAML reads as a number",
    "{ query: [{ name: page, exact: 010 }] }",
    ".query[0].exact: 8 must be a string; put the value in quotes",
  ],
  ["headers that are not a list", "{ headers: { name: x-a, present: true } }", ".headers: must be a list"],
  [
    "too many headers",
    "{ headers: [{ name: x-0, present: true }, { name: x-1, present: true }, { name: x-2, present: true }, { name: x-3, present: true }, { name: x-4, present: true }, { name: x-5, present: true }, { name: x-6, present: true }, { name: x-7, present: true }, { name: x-8, present: true }, { name: x-9, present: true }, { name: x-10, present: true }, { name: x-11, present: true }, { name: x-12, present: true }, { name: x-13, present: true }, { name: x-14, present: true }, { name: x-15, present: true }, { name: x-16, present: true }] }",
    ".headers: has too many entries; allowed: at most 16",
  ],
  ["a query parameter without name", "{ query: [{ exact: a }] }", ".query[0].name: is required: a string"],
  [
    "an unknown field of grpc",
    "{ grpc: { package: { exact: a } } }",
    ".grpc.package: is not a field; allowed: service, method",
  ],
  [
    "a principal with its scheme",
    "{ source: { principal: { exact: 'spiffe://cluster.local/ns/shop/sa/cart' } } }",
    '.source.principal.exact: "spiffe://cluster.local/ns/shop/sa/cart" must be without spiffe://, e.g. cluster.local/ns/shop/sa/cart',
  ],
  [
    "a namespace with an operator that it does not have",
    "{ source: { namespace: { contains: shop } } }",
    ".source.namespace.contains: is not a field; allowed: exact, prefix, suffix, any, not",
  ],
  ["a claim that is not a path", "{ jwt: [{ claim: plan, exact: free }] }", '.jwt[0].claim: "plan" must be a list'],
  [
    "a claim too deep",
    "{ jwt: [{ claim: [a, b, c, d, e], exact: free }] }",
    ".jwt[0].claim: has too many entries; allowed: at most 4",
  ],
  [
    "a percentage over 100",
    "{ percentage: { value: 101 } }",
    ".percentage.value: 101 is too big; allowed: at most 100",
  ],
  ["a fraction of a percent", "{ percentage: { value: 0.5 } }", ".percentage.value: 0.5 must be an integer"],
  ["a percentage as text", "{ percentage: { value: 10% } }", '.percentage.value: "10%" must be a number'],
];

const good = "{ path: { prefix: /export } }";
testBadInput(
  matches.map(([name, match, message]) => [name, good, match, `policy.yaml:7: ${inPolicy}.rules[0].match${message}`]),
);
