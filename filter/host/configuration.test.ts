// The schema and the filter read the same configurations: both accept the good ones, and name the same path in the bad.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FilterConfig, filterConfig, maxConfigBytes } from "../config/schema.ts";
import { startFilterVm } from "./filter-vm.ts";
import { configOf, filterModule, startFilter } from "./sidecar.ts";

type Rule = NonNullable<FilterConfig["rules"]>[number];

const good = configOf("gateway");
const configure = (text: string | Uint8Array) => startFilterVm({ module: filterModule }).configure(text);
const rule: Rule = { name: "rule", match: {}, level: "batch" };
const withMatch = (match: unknown): unknown => ({ ...good, rules: [{ ...rule, match }] });
const withHeader = (header: unknown): unknown => withMatch({ headers: [header] });

const without = (key: keyof FilterConfig): unknown => {
  const { [key]: _, ...rest } = good;
  return rest;
};

/** Each breaks one rule: the configuration, the path that is named ("" for the whole), and the filter's words. */
const bad: readonly (readonly [unknown, string, string])[] = [
  ["text", "", "must be an object"],
  [[], "", "must be an object"],
  [null, "", "must be an object"],
  [{ ...good, foo: 1 }, "", '"foo" is not one of: version, role, header, levels,'],
  [without("version"), "version", "is required"],
  [without("role"), "role", "is required"],
  [without("header"), "header", "is required"],
  [without("levels"), "levels", "is required"],
  [without("defaultLevel"), "defaultLevel", "is required"],
  [without("correlateBy"), "correlateBy", "is required"],
  [without("trust"), "trust", "is required"],
  [{ ...good, version: 2 }, "version", "must be 1"],
  [{ ...good, mode: "Off" }, "mode", '"Off" is not one of: Observe, Enforce'],
  [{ ...good, storeDefault: 1 }, "storeDefault", "must be true or false"],
  [{ ...good, writeTo: {} }, "writeTo.tracestate", "is required"],
  [{ ...good, writeTo: { tracestate: "A" } }, "writeTo.tracestate", '"A" is not a key of at most 64 lower-case'],
  [{ ...good, writeTo: { tracestate: "a", baggage: "a" } }, "writeTo", '"baggage" is not one of: tracestate'],
  [{ ...good, readFrom: [] }, "readFrom", "must have an item"],
  [{ ...good, readFrom: Array(5).fill({ header: "a" }) }, "readFrom", "has too many items; the most allowed are 4"],
  [{ ...good, readFrom: [{}] }, "readFrom[0]", "needs exactly one of: header, tracestate, baggage"],
  [{ ...good, readFrom: [{ header: "a", baggage: "b" }] }, "readFrom[0]", "needs exactly one of: header, tracestate"],
  [{ ...good, readFrom: [{ header: "A" }] }, "readFrom[0].header", '"A" is not a lower-case HTTP header name'],
  [{ ...good, readFrom: [{ baggage: "-" }] }, "readFrom[0].baggage", '"-" is not a key of at most 64'],
  [{ ...good, readFrom: [{ header: "a", values: [] }] }, "readFrom[0].values", "must have a value"],
  [
    { ...good, readFrom: [{ header: "a", values: [{ value: "", level: "batch" }] }] },
    "readFrom[0].values[0].value",
    "must not be empty",
  ],
  [{ ...good, readFrom: [{ header: "a", values: [{ value: "1" }] }] }, "readFrom[0].values[0].level", "is required"],
  [
    { ...good, readFrom: [{ header: "a", values: [{ value: "1", level: "bulk" }] }] },
    "readFrom[0].values[0].level",
    '"bulk" is not one of levels: ',
  ],
  [{ ...good, version: "1" }, "version", "must be a whole number"],
  [{ ...good, version: 1.5 }, "version", "must be a whole number"],
  [{ ...good, version: -1 }, "version", "must be a whole number"],
  [{ ...good, version: 1e21 }, "version", "must be a whole number"],
  [{ ...good, role: "sidecar" }, "role", '"sidecar" is not one of: inbound, outbound, gateway'],
  [{ ...good, role: "in" }, "role", '"in" is not one of: inbound, outbound, gateway'],
  [{ ...good, role: 1 }, "role", "must be a string"],
  [{ ...good, role: null }, "role", "must be a string"],
  [{ ...good, header: "" }, "header", '"" is not a lower-case HTTP header name of at most 64 characters'],
  [{ ...good, header: "X-Priority" }, "header", '"X-Priority" is not a lower-case HTTP header name'],
  [{ ...good, header: ":path" }, "header", '":path" is not a lower-case HTTP header name'],
  [{ ...good, header: "a".repeat(65) }, "header", `"${"a".repeat(65)}" is not a lower-case HTTP header name`],
  [{ ...good, levels: [] }, "levels", "must have a level"],
  [{ ...good, levels: {} }, "levels", "must be an array"],
  [{ ...good, levels: "interactive" }, "levels", "must be an array"],
  [{ ...good, levels: ["interactive", 7] }, "levels[1]", "must be a string"],
  [
    { ...good, levels: ["interactive", "Batch"] },
    "levels[1]",
    '"Batch" is not a lower-case DNS label of at most 32 characters',
  ],
  [{ ...good, levels: ["interactive", ""] }, "levels[1]", '"" is not a lower-case DNS label'],
  [{ ...good, levels: ["interactive", "-a"] }, "levels[1]", '"-a" is not a lower-case DNS label'],
  [{ ...good, levels: ["interactive", "a-"] }, "levels[1]", '"a-" is not a lower-case DNS label'],
  [
    { ...good, levels: ["interactive", "a".repeat(33)] },
    "levels[1]",
    `"${"a".repeat(33)}" is not a lower-case DNS label`,
  ],
  [{ ...good, levels: ["interactive", "batch", "interactive"] }, "levels", "must not name a level twice"],
  [{ ...good, levels: ["interactive", ..."abcdefgh"] }, "levels", "has more than 8 levels"],
  [{ ...good, defaultLevel: "bulk" }, "defaultLevel", '"bulk" is not one of levels: interactive, standard, batch'],
  [{ ...good, defaultLevel: "Bulk" }, "defaultLevel", '"Bulk" is not a lower-case DNS label'],
  [
    { ...good, classifyDefault: "bulk" },
    "classifyDefault",
    '"bulk" is not one of levels: interactive, standard, batch',
  ],
  [{ ...good, classifyDefault: null }, "classifyDefault", "must be a string"],
  [{ ...good, correlateBy: [] }, "correlateBy", "must have a correlator"],
  [
    { ...good, correlateBy: ["x-trace"] },
    "correlateBy[0]",
    '"x-trace" is not one of: x-request-id, traceparent, b3, x-b3-traceid',
  ],
  [{ ...good, correlateBy: ["b3", "b3"] }, "correlateBy", "must not name a correlator twice"],
  [{ ...good, trust: "always" }, "trust", '"always" is not one of: Never, Mesh, Always'],
  [{ ...good, trust: "Mesh" }, "trustDomain", "is required where trust is Mesh"],
  [{ ...good, trustDomain: "" }, "trustDomain", "must not be empty"],
  [{ ...good, trustDomain: "a".repeat(254) }, "trustDomain", "is too long; the most characters allowed are 253"],
  [{ ...good, slotSets: 100 }, "slotSets", "must be a power of two from 64 to 65536"],
  [{ ...good, slotSets: 32 }, "slotSets", "must be a power of two from 64 to 65536"],
  [{ ...good, slotSets: 131072 }, "slotSets", "must be a power of two from 64 to 65536"],
  [{ ...good, slotSets: true }, "slotSets", "must be a whole number"],
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

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.replace(/^\./, "");
}

for (const [config, path, words] of bad)
  test(`configuration: refused: ${path || "the whole"}: ${words.slice(0, 80)}`, () => {
    const read = filterConfig.safeParse(config);
    assert.equal(read.success, false);
    assert.equal(pathText(read.error?.issues[0]?.path ?? []), path);
    const { accepted, logs } = configure(JSON.stringify(config));
    assert.equal(accepted, false);
    assert.equal(logs.length, 1);
    const start = `expedite: configuration refused: ${path === "" ? "" : `${path}: `}${words}`;
    assert.equal(logs[0]?.slice(0, start.length), start);
  });

const text = JSON.stringify(good);

/** What is wrong with the text itself never gets as far as the schema. */
const malformed: readonly (readonly [string, string])[] = [
  ["", "is missing"],
  ["   ", "must be an object"],
  ["{", "is not JSON: a string is malformed"],
  [text.slice(0, -1), "is not JSON: a comma or the end of the object or array is missing"],
  [`${text}x`, "has text after its end"],
  [`${text}{}`, "has text after its end"],
  ['{"version":1,}', "is not JSON: a string is malformed"],
  ['{"version" 1}', "version: is not JSON: a colon is missing"],
  ['{"version":1 "role":"inbound"}', "is not JSON: a comma or the end of the object or array is missing"],
  ['{"version":1,"version":1}', "version: is there twice"],
  ['{"version":01}', "version: must be a whole number"],
  ['{"version":1.0}', "version: must be a whole number"],
  ['{"version":1e0}', "version: must be a whole number"],
  ['{"role":"a\nb"}', "role: is not JSON: a string is malformed"],
  ['{"role":"\\x41"}', "role: is not JSON: a string is malformed"],
  ['{"role":"\\u12"}', "role: is not JSON: a string is malformed"],
  ['{"role":"\\ud800"}', "role: is not JSON: a string is malformed"],
  ['{"role":"\\ud800\\u0041"}', "role: is not JSON: a string is malformed"],
  ['{"role":"\\udc00"}', "role: is not JSON: a string is malformed"],
  ['{"role":"inbound', "role: is not JSON: a string is malformed"],
  ['{"levels":["a",]}', "levels[1]: must be a string"],
  ['{"levels":["a"', "levels: is not JSON: a comma or the end of the object or array is missing"],
];

for (const [broken, words] of malformed)
  test(`configuration: malformed: ${JSON.stringify(broken.slice(0, 40))}: ${words}`, () => {
    const { accepted, logs } = configure(broken);
    assert.equal(accepted, false);
    assert.deepEqual(logs, [`expedite: configuration refused: ${words}`]);
  });

test("configuration: malformed UTF-8 is refused", () => {
  for (const bytes of [
    [0x80],
    [0xc0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5],
    [0xe2, 0x82],
  ]) {
    const quoted = Buffer.concat([Buffer.from('{"role":"'), Buffer.from(bytes), Buffer.from('"}')]);
    const { accepted, logs } = configure(quoted);
    assert.equal(accepted, false);
    assert.deepEqual(logs, ["expedite: configuration refused: role: is not JSON: a string is malformed"]);
  }
});

test("configuration: characters are counted as the schema counts them", () => {
  for (const name of ["é".repeat(63), "😀".repeat(63)]) {
    const config = { ...good, rules: [{ ...rule, name }] };
    assert.ok(filterConfig.safeParse(config).success);
    assert.ok(configure(JSON.stringify(config)).accepted);
  }
});

test("configuration: escapes, white space and any order of keys are accepted", () => {
  const escaped = ` {\t"levels" : ["\\u0061", "b\\u002dc"] ,\r\n "trust":"Mesh","trustDomain":"caf\\u00e9.\\ud83d\\ude00\\/\\n",
    "role":"gateway","defaultLevel":"a","correlateBy":["b3"],"header":"p","version":1,"rules":[] } `;
  assert.deepEqual(configure(escaped), { accepted: true, logs: [] });
});

/** A configuration of exactly the most bytes, of rules with this match until the last one is filled up. */
function longest(match: (index: number) => Rule["match"]): string {
  const rules: Rule[] = [];
  const room = (): number => maxConfigBytes - Buffer.byteLength(JSON.stringify({ ...good, rules }));
  for (let i = 0; i < 700 && room() > 6000; i++) rules.push({ name: "r", match: match(i), level: "batch" });
  const exact = (size: number): Rule["match"] => ({ headers: [{ name: "a", exact: "x".repeat(size) }] });
  while (room() > 1000) rules.push({ name: "r", match: exact(room() > 2000 ? 1000 : 500), level: "batch" });
  const last = room() - JSON.stringify({ name: "r", match: exact(0), level: "batch" }).length - 1;
  rules.push({ name: "r", match: exact(last), level: "batch" });
  return JSON.stringify({ ...good, rules });
}

const name = (index: number): string => index.toString(36).padStart(3, "0");
const many = <T>(item: (index: number) => T): T[] => Array.from({ length: 16 }, (_, index) => item(index));

test("configuration: a long one is read in pieces, up to its limit, and its records find room whatever it is made of", () => {
  const matches: readonly ((index: number) => Rule["match"])[] = [
    (at) => ({ jwt: many((index) => ({ claim: [name(16 * at + index)], exact: "1" })) }),
    (at) => ({ jwt: [{ claim: [name(at)], any: many((index) => ({ exact: `${index}` })) }] }),
    (at) => ({ headers: many((index) => ({ name: name(16 * at + index), exact: "a" })) }),
    (at) => ({ query: many((index) => ({ name: name(16 * at + index), present: true })) }),
    () => ({ headers: many(() => ({ name: "a", any: many(() => ({ present: true })) })) }),
    (at) => ({ grpc: {}, percentage: { value: at % 100 } }),
    () => ({}),
  ];
  for (const match of matches) {
    const text = longest(match);
    assert.equal(text.length, maxConfigBytes);
    assert.deepEqual(configure(text), { accepted: true, logs: [] });
  }
});

test("configuration: a refusal keeps the configuration that was there", () => {
  const config = configOf("gateway", { trust: "Never", classifyDefault: "batch" });
  const vm = startFilter(config);
  const other = "is not the one that this VM has; each needs a vm_config.configuration of its own";
  for (const text of ["{}", JSON.stringify({ ...config, trust: "Always" })])
    assert.deepEqual(vm.configure(text), {
      accepted: false,
      logs: [`expedite: configuration refused: ${other}`],
    });
  assert.ok(vm.configure(JSON.stringify(config)).accepted, "another listener's, which is the same");
  assert.deepEqual(vm.request([]), [["x-request-priority", "batch"]]);
});
