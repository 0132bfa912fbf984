// Rules that are refused: schema and filter name the same path.
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import { assertRefused, type Refusal } from "./refusal.ts";
import { configOf } from "./sidecar.ts";

type Rule = NonNullable<FilterConfig["rules"]>[number];

const good = configOf("gateway");
const rule: Rule = { name: "rule", match: {}, level: "batch" };
const withMatch = (match: unknown): unknown => ({ ...good, rules: [{ ...rule, match }] });
const withHeader = (header: unknown): unknown => withMatch({ headers: [header] });

/** Each of them breaks one rule. */
const bad: readonly Refusal[] = [
  [{ ...good, rules: {} }, "rules", "must be an array"],
  [{ ...good, rules: [7] }, "rules[0]", "must be an object"],
  [
    { ...good, rules: Array.from({ length: 1001 }, () => rule) },
    "rules",
    "has too many items; the most allowed are 1000",
  ],
  [
    { ...good, rules: [rule, rule, rule, { ...rule, level: "bulk" }] },
    "rules[3].level",
    '"bulk" is not one of levels: interactive, standard, batch',
  ],
  [{ ...good, rules: [{ ...rule, level: "" }] }, "rules[0].level", '"" is not a lower-case DNS label'],
  [{ ...good, rules: [{ ...rule, name: "" }] }, "rules[0].name", "must not be empty"],
  [
    { ...good, rules: [{ ...rule, name: "é".repeat(64) }] },
    "rules[0].name",
    "is too long; the most characters allowed are 63",
  ],
  [
    { ...good, rules: [{ ...rule, name: "😀".repeat(64) }] },
    "rules[0].name",
    "is too long; the most characters allowed are 63",
  ],
  [{ ...good, rules: [{ ...rule, weight: 1 }] }, "rules[0]", '"weight" is not one of: name, match, level'],
  [{ ...good, rules: [{ name: "rule", match: {} }] }, "rules[0].level", "is required"],
  [{ ...good, rules: [{ name: "rule", level: "batch" }] }, "rules[0].match", "is required"],
  [{ ...good, rules: [{ match: {}, level: "batch" }] }, "rules[0].name", "is required"],
  [withMatch([]), "rules[0].match", "must be an object"],
  [withMatch({ cookie: {} }), "rules[0].match", '"cookie" is not one of: method, host, path, headers, query, grpc,'],
  [withMatch({ method: "GET" }), "rules[0].match.method", "must be an object"],
  [withMatch({ method: {} }), "rules[0].match.method", "needs exactly one of: exact, any"],
  [withMatch({ method: { not: true } }), "rules[0].match.method", "needs exactly one of: exact, any"],
  [withMatch({ method: { prefix: "G" } }), "rules[0].match.method", '"prefix" is not one of: exact, any, not'],
  [withMatch({ method: { exact: "get" } }), "rules[0].match.method.exact", '"get" is not an upper-case HTTP method'],
  [withMatch({ method: { exact: "" } }), "rules[0].match.method.exact", '"" is not an upper-case HTTP method'],
  [
    withMatch({ method: { exact: "A".repeat(33) } }),
    "rules[0].match.method.exact",
    `"${"A".repeat(33)}" is not an upper-case HTTP method of at most 32 letters`,
  ],
  [withMatch({ method: { any: {} } }), "rules[0].match.method.any", "must be an array"],
  [withMatch({ method: { any: [] } }), "rules[0].match.method.any", "must have an item"],
  [withMatch({ method: { any: ["GET"] } }), "rules[0].match.method.any[0]", "must be an object"],
  [withMatch({ method: { any: [{}] } }), "rules[0].match.method.any[0]", "needs exactly one of: exact"],
  [withMatch({ method: { any: [{ not: true }] } }), "rules[0].match.method.any[0]", '"not" is not one of: exact'],
  [
    withMatch({ method: { any: [{ exact: "GET" }, { exact: "put" }] } }),
    "rules[0].match.method.any[1].exact",
    '"put" is not an upper-case HTTP method',
  ],
  [
    withMatch({ method: { any: Array.from({ length: 17 }, () => ({ exact: "GET" })) } }),
    "rules[0].match.method.any",
    "has too many items; the most allowed are 16",
  ],
  [withMatch({ method: { exact: "GET", not: "yes" } }), "rules[0].match.method.not", "must be true or false"],
  [withMatch({ host: { exact: "" } }), "rules[0].match.host.exact", '"" is not a lower-case host name'],
  [withMatch({ host: { exact: "Shop" } }), "rules[0].match.host.exact", '"Shop" is not a lower-case host name'],
  [withMatch({ host: { exact: "shop:80" } }), "rules[0].match.host.exact", '"shop:80" is not a lower-case host name'],
  [withMatch({ host: { suffix: "[::1]-" } }), "rules[0].match.host.suffix", '"[::1]-" is not a lower-case host name'],
  [
    withMatch({ host: { exact: "a".repeat(254) } }),
    "rules[0].match.host.exact",
    `"${"a".repeat(254)}" is not a lower-case host name of at most 253 characters`,
  ],
  [withMatch({ host: { prefix: "a" } }), "rules[0].match.host", '"prefix" is not one of: exact, suffix, any, not'],
  [withMatch({ path: "/" }), "rules[0].match.path", "must be an object"],
  [withMatch({ path: {} }), "rules[0].match.path", "needs exactly one of: exact, prefix, glob, any"],
  [
    withMatch({ path: { exact: "/", prefix: "/" } }),
    "rules[0].match.path",
    "needs exactly one of: exact, prefix, glob, any",
  ],
  [withMatch({ path: { exact: "a" } }), "rules[0].match.path.exact", '"a" is not a path of at most 1024 characters'],
  [withMatch({ path: { prefix: "" } }), "rules[0].match.path.prefix", '"" is not a path of at most 1024 characters'],
  [withMatch({ path: { glob: "*" } }), "rules[0].match.path.glob", '"*" is not a path of at most 1024 characters'],
  [withMatch({ path: { glob: `/${"a".repeat(1024)}` } }), "rules[0].match.path.glob", '"/aaa'],
  [withMatch({ headers: {} }), "rules[0].match.headers", "must be an array"],
  [withMatch({ headers: [] }), "rules[0].match.headers", "must have an item"],
  [
    withMatch({ headers: Array.from({ length: 17 }, () => ({ name: "a", present: true })) }),
    "rules[0].match.headers",
    "has too many items; the most allowed are 16",
  ],
  [withHeader({ exact: "a" }), "rules[0].match.headers[0].name", "is required"],
  [
    withHeader({ name: "A", present: true }),
    "rules[0].match.headers[0].name",
    '"A" is not a lower-case HTTP header name',
  ],
  [
    withHeader({ name: "a" }),
    "rules[0].match.headers[0]",
    "needs exactly one of: exact, prefix, suffix, contains, present, any",
  ],
  [
    withHeader({ name: "a", exact: "a", present: true }),
    "rules[0].match.headers[0]",
    "needs exactly one of: exact, prefix, suffix, contains, present, any",
  ],
  [withHeader({ name: "a", exact: "" }), "rules[0].match.headers[0].exact", "must not be empty"],
  [withHeader({ name: "a", prefix: "" }), "rules[0].match.headers[0].prefix", "must not be empty"],
  [
    withHeader({ name: "a", contains: "é".repeat(1025) }),
    "rules[0].match.headers[0].contains",
    "is too long; the most characters allowed are 1024",
  ],
  [withHeader({ name: "a", present: "true" }), "rules[0].match.headers[0].present", "must be true or false"],
  [
    withHeader({ name: "a", any: [{ exact: "b", suffix: "c" }] }),
    "rules[0].match.headers[0].any[0]",
    "needs exactly one of: exact, prefix, suffix, contains, present",
  ],
  [
    withHeader({ name: "a", regex: "." }),
    "rules[0].match.headers[0]",
    '"regex" is not one of: exact, prefix, suffix, contains, present, any, not, name',
  ],
  [withMatch({ query: [] }), "rules[0].match.query", "must have an item"],
  [withMatch({ query: [{ present: true }] }), "rules[0].match.query[0].name", "is required"],
  [withMatch({ query: [{ name: "", present: true }] }), "rules[0].match.query[0].name", "must not be empty"],
  [
    withMatch({ query: [{ name: "a".repeat(129), present: true }] }),
    "rules[0].match.query[0].name",
    "is too long; the most characters allowed are 128",
  ],
  [withMatch({ grpc: [] }), "rules[0].match.grpc", "must be an object"],
  [withMatch({ grpc: { package: {} } }), "rules[0].match.grpc", '"package" is not one of: service, method'],
  [
    withMatch({ grpc: { service: { contains: "a" } } }),
    "rules[0].match.grpc.service",
    '"contains" is not one of: exact, prefix, suffix, any, not',
  ],
  [withMatch({ grpc: { method: { exact: "" } } }), "rules[0].match.grpc.method.exact", "must not be empty"],
  [
    withMatch({ source: { serviceAccount: {} } }),
    "rules[0].match.source",
    '"serviceAccount" is not one of: principal, namespace',
  ],
  [
    withMatch({ source: { principal: { exact: "spiffe://a/ns/b/sa/c" } } }),
    "rules[0].match.source.principal.exact",
    '"spiffe://a/ns/b/sa/c" must be without spiffe://',
  ],
  [
    withMatch({ source: { namespace: { not: true } } }),
    "rules[0].match.source.namespace",
    "needs exactly one of: exact, prefix, suffix, any",
  ],
  [withMatch({ jwt: [{ exact: "a" }] }), "rules[0].match.jwt[0].claim", "is required"],
  [withMatch({ jwt: [{ claim: "plan", exact: "a" }] }), "rules[0].match.jwt[0].claim", "must be an array"],
  [withMatch({ jwt: [{ claim: [], exact: "a" }] }), "rules[0].match.jwt[0].claim", "must have an item"],
  [withMatch({ jwt: [{ claim: ["a", ""], exact: "a" }] }), "rules[0].match.jwt[0].claim[1]", "must not be empty"],
  [
    withMatch({ jwt: [{ claim: ["a\0b"], exact: "a" }] }),
    "rules[0].match.jwt[0].claim[0]",
    "must be without the character U+0000",
  ],
  [
    withMatch({ jwt: [{ claim: [..."abcde"], exact: "a" }] }),
    "rules[0].match.jwt[0].claim",
    "has too many items; the most allowed are 4",
  ],
  [withMatch({ percentage: 5 }), "rules[0].match.percentage", "must be an object"],
  [withMatch({ percentage: {} }), "rules[0].match.percentage.value", "is required"],
  [withMatch({ percentage: { value: 101 } }), "rules[0].match.percentage.value", "must be from 0 to 100"],
  [withMatch({ percentage: { value: 0.5 } }), "rules[0].match.percentage.value", "must be a whole number"],
  [withMatch({ percentage: { value: 5, not: 1 } }), "rules[0].match.percentage.not", "must be true or false"],
  [
    {
      ...good,
      rules: Array.from({ length: 300 }, () => ({ ...rule, match: { path: { exact: `/${"x".repeat(1000)}` } } })),
    },
    "",
    "is too long; the most bytes allowed are 262144",
  ],
];

for (const refusal of bad)
  test(`configuration: refused: ${refusal[1] || "the whole"}: ${refusal[2].slice(0, 80)}`, () =>
    assertRefused(refusal));
