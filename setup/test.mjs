// Runs the checks and the tests inside the private namespaces; ends with one line of counts and the skips' reasons.
// Arguments choose test files by a part of their path: npm test -- filter lab
import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { check } from "./check/main.mjs";

const args = process.argv.slice(2);
const cluster = args.includes("--cluster");
const chosen = args.filter((argument) => argument !== "--cluster");

/** Tests in a real Kubernetes: a suite of its own, because it needs root, Go and minutes. */
const clusterFiles = [
  ...["e2e/cluster/*.test.ts", "e2e/cluster/{commands,faults}/*.test.ts"],
  // Istio in another form: its generator, which Go builds as well.
  "e2e/oracle/*.test.ts",
];

/** Unit tests share the cores; whatever starts proxies, shapes links or measures runs alone. */
const suites = [
  {
    name: "unit tests",
    files: ["setup/**/*.test.mjs", "filter/**/*.test.ts", "control-plane/**/*.test.ts"],
    concurrency: true,
  },
  { name: "end to end", files: ["e2e/**/*.test.ts"], exclude: clusterFiles, concurrency: false },
];
/** The others look into nodes of our own: their programs, their uplinks, their power. */
const kindFiles = [
  ...["crd", "istio", "expedite", "renderers"].map((name) => `e2e/cluster/${name}.test.ts`),
  "e2e/cluster/commands/*.test.ts",
];
const clusterSuite = {
  name: process.env.EXPEDITE_KIND === undefined ? "cluster" : "cluster of kind",
  files: process.env.EXPEDITE_KIND === undefined ? clusterFiles : kindFiles,
  concurrency: false,
};

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

async function play({ name, files, exclude = [], concurrency }) {
  const found = globSync(files, { exclude: ["**/node_modules/**", ...exclude] })
    .filter((file) => chosen.length === 0 || chosen.some((part) => file.includes(part)))
    .sort();
  if (found.length === 0) return;
  console.log(`\n── ${name}`);
  const stream = run({ files: found, concurrency });
  count(stream);
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
}

if (chosen.length === 0 && !cluster && !check()) process.exit(1);
for (const suite of cluster ? [clusterSuite] : suites) await play(suite);

for (const skip of total.skipped) console.log(`skipped  ${skip}`);
if (!cluster && chosen.length === 0)
  console.log(
    "not run  tests in a real Kubernetes: npm run test:cluster (root and Go; about 45 minutes, 12 more the first time)",
  );
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
const played = total.passed + total.failed + total.skipped.length;
if (played === 0) console.error(`No test file's path contains ${chosen.join(" or ")}.`);
process.exitCode = total.failed === 0 && played > 0 ? 0 : 1;
