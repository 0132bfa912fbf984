// How the filter reads a configuration's text: as strict JSON in UTF-8, up to its limits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FilterConfig, filterConfig, maxConfigBytes } from "../config/schema.ts";
import { startFilterVm } from "./filter-vm.ts";
import { configOf, filterModule, startFilter } from "./sidecar.ts";

type Rule = NonNullable<FilterConfig["rules"]>[number];

const good = configOf("gateway");
const configure = (text: string | Uint8Array) => startFilterVm({ module: filterModule }).configure(text);
const rule: Rule = { name: "rule", match: {}, level: "batch" };

const text = JSON.stringify(good);

/** Errors in the text itself, which never reach the schema. */
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
  ['{"version":1,"version":1}', "version: is given twice"],
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
  const escaped =
    ` {\t"levels" : ["\\u0061", "b\\u002dc"] ,\r "trust":"Mesh","trustDomains":["caf\\u00e9.\\ud83d\\ude00\\/\\n"],
    "role":"gateway","defaultLevel":"a","correlateBy":["b3"],"header":"p","version":1,"rules":[] } `.replace("\n", "");
  assert.deepEqual(configure(escaped), { accepted: true, logs: [] });
});

/** A configuration of exactly the maximum size, with rules that have this match; the last one fills it up. */
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

test("configuration: a long one is read in pieces, up to its limit, and there is room for its records whatever its content", () => {
  const domains = Array(256).fill("a");
  assert.ok(configure(JSON.stringify({ ...good, trustDomains: domains })).accepted);
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

test("configuration: a refusal keeps the previous configuration", () => {
  const config = configOf("gateway", { trust: "Never", classifyDefault: "batch" });
  const vm = startFilter(config);
  const other = "differs from the one that this VM has; give each a vm_config.configuration of its own";
  for (const text of ["{}", JSON.stringify({ ...config, trust: "Always" })])
    assert.deepEqual(vm.configure(text), {
      accepted: false,
      logs: [`expedite: configuration refused: ${other}`],
    });
  assert.ok(vm.configure(JSON.stringify(config)).accepted, "the same configuration for another listener");
  assert.deepEqual(vm.request([]), [["x-request-priority", "batch"]]);
});
