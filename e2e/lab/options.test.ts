// A bad option value is one error with the option, the value and what is allowed; nothing starts.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { CommanderError } from "commander";
import { arms } from "./arms.ts";
import { parseOptions } from "./options.ts";
import { profiles } from "./profiles.ts";

/** Those of the names that are arms. */
const armNames = (names: readonly string[]): readonly string[] =>
  arms.map(({ name }) => name).filter((name) => names.includes(name));

/** Parses, and returns what was printed. */
function parse(args: readonly string[]): { code: number; out: string; err: string } {
  let [out, err] = ["", ""];
  const output = { writeOut: (text: string) => (out += text), writeErr: (text: string) => (err += text) };
  try {
    parseOptions(args, output);
  } catch (error) {
    return { code: (error as CommanderError).exitCode, out, err };
  }
  return { code: 0, out, err };
}

const cases: readonly (readonly [readonly string[], RegExp])[] = [
  [["--rps", "ten"], /--rps <list>.*'ten'.*Allowed: a number from 1 to 1000/],
  [["--rps", "10,,50"], /--rps <list>.*'10,,50'.*Allowed: a number from 1 to 1000/],
  [["--rho", "3"], /--rho <list>.*'3'.*Allowed: a number from 0\.01 to 2/],
  [["--rho", "0.5", "--rps", "50"], /--rho <list>.*cannot be used with.*--rps <list>/],
  [["--duration", "-1"], /--duration <seconds>.*'-1'.*Allowed: a number from 1 to 3600/],
  [["--repeats", "2.5"], /--repeats <n>.*'2\.5'.*Allowed: a whole number from 1 to 100/],
  [["--arms", "mesh,packts"], /No arm "packts"\. Allowed: no-mesh, mesh, mesh-fq_codel, connections, packets/],
  [["--profile", "huge"], /--profile <name>.*'huge'.*Allowed choices are quick, paper, compute/],
  [["--alone", "some"], /--alone <which>.*'some'.*Allowed choices are none, unloaded, all/],
  [["--forward", "b3"], /--forward <headers>.*'b3'.*Allowed choices are bookinfo, traceparent/],
  [["--duration", "0"], /--duration 0 plays nothing: it needs --keep/],
  [["--faster"], /unknown option '--faster'/],
  [["now"], /too many arguments/],
];

for (const [args, message] of cases)
  test(`refused: ${args.join(" ")}`, () => {
    const { code, out, err } = parse(args);
    assert.notEqual(code, 0);
    assert.equal(out, "");
    assert.match(err, message);
    assert.equal(err.match(/error:/g)?.length, 1, err);
  });

test("--help lists every option and exits with 0", () => {
  const { code, out } = parse(["--help"]);
  assert.equal(code, 0);
  for (const name of Object.keys(parseOptions([])))
    assert.match(out, new RegExp(`--${name === "warmUp" ? "warm-up" : name}\\b`));
  assert.match(out, /--full\b/);
});

test("--full sets the paper's length, and other options still apply", () => {
  const { rps, duration, repeats, alone } = parseOptions(["--full", "--rps", "40,20,20"]);
  assert.deepEqual({ rps, duration, repeats, alone }, { rps: [20, 40], duration: 300, repeats: 2, alone: "unloaded" });
});

test("the profile says what runs if nothing else does, and at which rate its offered load is ρ", () => {
  for (const { name, arms: chosen } of Object.values(profiles))
    assert.deepEqual([parseOptions(["--profile", name]).arms, chosen], [armNames(chosen), armNames(chosen)]);
  const { rps, duration, warmUp } = parseOptions(["--profile", "compute", "--rho", "0.95,0.5,0.8"]);
  assert.deepEqual({ rps, duration, warmUp }, { rps: [31.6, 50.5, 60], duration: 12, warmUp: 2 });
  assert.deepEqual(parseOptions(["--profile", "compute", "--full"]).rps, rps);
  assert.deepEqual(parseOptions(["--rho", "0.8"]).rps, [49.8]);
});

test("a refused option starts nothing: the program ends with exit code 2", async () => {
  const main = join(import.meta.dirname, "main.ts");
  const code = await new Promise((resolve) =>
    execFile(process.execPath, [main, "--rps", "0"], (error) => resolve(error?.code)),
  );
  assert.equal(code, 2);
});
