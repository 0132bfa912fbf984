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
  [withMatch({ query: {} }), "rules[0].match", '"query" is not one of: method, host, path, headers'],
  [withMatch({ method: "get" }), "rules[0].match.method", '"get" is not an upper-case HTTP method'],
  [withMatch({ method: "" }), "rules[0].match.method", '"" is not an upper-case HTTP method'],
  [withMatch({ host: "" }), "rules[0].match.host", "must not be empty"],
  [withMatch({ host: "a".repeat(254) }), "rules[0].match.host", "is too long; the most characters allowed are 253"],
  [withMatch({ path: "/" }), "rules[0].match.path", "must be an object"],
  [withMatch({ path: {} }), "rules[0].match.path", "needs exact or prefix"],
  [withMatch({ path: { glob: "/*" } }), "rules[0].match.path", '"glob" is not one of: exact, prefix'],
  [withMatch({ path: { exact: "a" } }), "rules[0].match.path.exact", '"a" does not start with a slash'],
  [withMatch({ path: { prefix: "" } }), "rules[0].match.path.prefix", '"" does not start with a slash'],
  [withMatch({ headers: {} }), "rules[0].match.headers", "must be an array"],
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
  [withHeader({ name: "a" }), "rules[0].match.headers[0]", "needs exact, prefix or present"],
  [withHeader({ name: "a", exact: "" }), "rules[0].match.headers[0].exact", "must not be empty"],
  [withHeader({ name: "a", prefix: "" }), "rules[0].match.headers[0].prefix", "must not be empty"],
  [withHeader({ name: "a", present: "true" }), "rules[0].match.headers[0].present", "must be true or false"],
  [
    withHeader({ name: "a", regex: "." }),
    "rules[0].match.headers[0]",
    '"regex" is not one of: name, exact, prefix, present',
  ],
  [withHeader({ name: "a", exact: "x".repeat(maxConfigBytes) }), "", "is too long; the most bytes allowed are 262144"],
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

test("configuration: a long one is read in pieces, up to its limit", () => {
  const long = {
    ...good,
    rules: Array.from({ length: 1000 }, (_, index) => ({ ...rule, name: `rule ${index} ${"x".repeat(40)}` })),
  };
  const room = maxConfigBytes - JSON.stringify(long).length;
  const match = {
    headers: [
      { name: "a", exact: "x".repeat(room - JSON.stringify({ headers: [{ name: "a", exact: "" }] }).length + 2) },
    ],
  };
  const full = JSON.stringify({ ...long, rules: [{ ...long.rules[0], match }, ...long.rules.slice(1)] });
  assert.equal(full.length, maxConfigBytes);
  assert.deepEqual(configure(full), { accepted: true, logs: [] });
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
