// What is counted of a call is known beforehand, leaves out what the host does meanwhile, and is the same each time.
import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "assemblyscript/binaryen";
import { executedCode } from "./executed-code.ts";

/** Between `near` and `far` are more than two lines of code. */
const text = `(module
  (import "host" "called" (func $called))
  (memory 1)
  (func (export "loop") (param i32)
    (loop $again
      (call $called)
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "near"))
  (func (export "between") ${"(drop (i32.load8_u (i32.const 0)))".repeat(30)})
  (func (export "far")))`;

type Exports = Readonly<Record<"loop" | "near" | "far", (...args: number[]) => void>>;

function instantiate(called: () => void): Exports {
  const module = binaryen.parseText(text);
  const bytes = module.emitBinary() as Uint8Array<ArrayBuffer>;
  module.dispose();
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { called } }).exports as Exports;
}

test("a round of a loop has six instructions, all in the same line", () => {
  let calls = 0;
  const { loop } = instantiate(() => {
    calls++;
  });
  for (const rounds of [1, 2, 5]) {
    const { instructions, lines } = executedCode(() => loop(rounds));
    // The ends of the loop and of the function come once.
    assert.deepEqual([instructions, lines], [6 * rounds + 2, 1]);
  }
  assert.equal(calls, 8);
});

test("a line counts once, however often it is executed", () => {
  const { near, far } = instantiate(() => undefined);
  const once = executedCode(() => near());
  assert.deepEqual(once, { instructions: 1, lines: 1 });
  const both = executedCode(() => {
    for (let round = 0; round < 3; round++) {
      near();
      far();
    }
  });
  assert.deepEqual(both, { instructions: 6, lines: 2 });
});

test("a call that executes no WebAssembly is an error, and the next one is counted", () => {
  assert.throws(() => executedCode(() => undefined), /executed no WebAssembly/);
  const { near } = instantiate(() => undefined);
  assert.equal(executedCode(() => near()).instructions, 1);
});
