// Runs the checks and the tests inside the private namespaces; ends with one line of counts and the skips' reasons.
// Arguments choose test files by a part of their path: npm test -- filter lab
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const chosen = process.argv.slice(2);

/** Unit tests share the cores; whatever starts proxies, shapes links or measures runs alone. */
const suites = [
  {
    name: "unit tests",
    files: ["setup/*.test.mjs", "filter/**/*.test.ts", "control-plane/**/*.test.ts"],
    concurrency: true,
  },
  { name: "end to end", files: ["e2e/**/*.test.ts"], concurrency: false },
];

const checks = [
  ["biome", ["check", "--error-on-warnings", "."]],
  ["tsc", ["--noEmit"]],
];

function check() {
  for (const [program, args] of checks) {
    const { status } = spawnSync(`node_modules/.bin/${program}`, args, { stdio: "inherit" });
    if (status !== 0) {
      console.error(`✗ ${program} ${args.join(" ")}`);
      process.exit(1);
    }
  }
}

const total = { passed: 0, failed: 0, skipped: [] };

function count(stream) {
  stream.on("test:pass", (event) => {
    if (event.skip !== undefined)
      total.skipped.push(`${event.name}: ${event.skip === true ? "no reason given" : event.skip}`);
    else if (event.details.type !== "suite") total.passed++;
  });
  stream.on("test:fail", (event) => {
    if (event.details.type !== "suite") total.failed++;
  });
}

async function play({ name, files, concurrency }) {
  const found = globSync(files, { exclude: ["**/node_modules/**"] })
    .filter((file) => chosen.length === 0 || chosen.some((part) => file.includes(part)))
    .sort();
  if (found.length === 0) return;
  console.log(`\n── ${name}`);
  const stream = run({ files: found, concurrency });
  count(stream);
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
}

if (chosen.length === 0) check();
for (const suite of suites) await play(suite);

for (const skip of total.skipped) console.log(`skipped  ${skip}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
const played = total.passed + total.failed + total.skipped.length;
if (played === 0) console.error(`No test file's path contains ${chosen.join(" or ")}.`);
process.exitCode = total.failed === 0 && played > 0 ? 0 : 1;
