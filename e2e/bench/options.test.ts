// The bench's command line: what it refuses, and which runs write the document.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "./options.ts";

function refusalOf(args: readonly string[]): string {
  let text = "";
  assert.throws(() =>
    parseOptions(args, {
      writeErr: (part) => {
        text += part;
      },
    }),
  );
  return text;
}

const refusals = [
  { args: ["--rounds", "0"], says: /--rounds <n>' argument '0' is invalid. Allowed: a whole number from 1 to 1000/ },
  { args: ["--seconds", "x"], says: /--seconds <s>' argument 'x' is invalid. Allowed: a number from 0.02 to 60/ },
  { args: ["--variants", "lua,luna"], says: /No variant "luna". Allowed: no-filter, native, empty, lua,/ },
  { args: ["--parts", "all"], says: /No part "all". Allowed: variants, cold, host-calls, scaling, memory/ },
  { args: ["--host-calls", "--parts", "memory"], says: /--host-calls and --parts exclude each other/ },
  { args: ["--json", "/"], says: /--json \/: is a folder; name a file in it/ },
  { args: ["--round", "3"], says: /unknown option '--round'/ },
];

for (const { args, says } of refusals)
  test(`bench options: ${args.join(" ")} is refused`, () => assert.match(refusalOf(args), says));

test("bench options: a full run with the default settings writes the document, any other run only with --write", () => {
  const writes = (...args: readonly string[]): boolean => parseOptions(args).write;
  assert.ok(writes());
  assert.ok(!writes("--rounds", "15"));
  assert.ok(!writes("--host-calls"));
  assert.ok(writes("--rounds", "20", "--write"));
});

test("bench options: no-filter is always measured, and variants keep their own order", () => {
  assert.deepEqual(parseOptions(["--variants", "outbound,native"]).variants, ["no-filter", "native", "outbound"]);
});
