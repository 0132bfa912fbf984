// Runs the checks and the tests inside the private namespaces; ends with one line of counts and the reasons of skips. Arguments choose test
// files by a part of their path: npm test -- filter lab
import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { check } from "./check/main.mjs";
import { count, nothing } from "./count.mjs";

const args = process.argv.slice(2);
const cluster = args.includes("--cluster");
const kind = process.env.EXPEDITE_KIND !== undefined;
const chosen = args.filter((argument) => argument !== "--cluster");

/** Tests in a real Kubernetes, suites of their own because they need root, Go and a long time. Those of a list share a mesh. */
const clusterFiles = [
  "e2e/cluster/cluster.test.ts",
  // Both examine proxies that Expedite has not touched, or left long ago.
  ...["e2e/cluster/istio.test.ts", "e2e/cluster/lifecycle.test.ts"],
  "e2e/cluster/faults/*.test.ts",
  "e2e/cluster/routes.test.ts",
];
/** As long as the others. */
const secondClusterFiles = ["e2e/cluster/*.test.ts"];
/** Each starts an API server of its own, without nodes. */
const apiServerFiles = [
  ...["crd", "dry-run", "commands/*"].map((name) => `e2e/cluster/${name}.test.ts`),
  "e2e/chart/install.test.ts",
];
/** Istio as its generator alone, which is built with Go as well. */
const oracleFiles = ["e2e/oracle/*.test.ts"];

/** Files share the cores. Each runs in namespaces of its own, because many start proxies on fixed ports, or shape links. */
const suites = [
  {
    name: "unit tests",
    files: ["setup/**/*.test.mjs", "filter/**/*.test.ts", "control-plane/**/*.test.ts", "release/**/*.test.ts"],
    concurrency: availableParallelism(),
  },
  {
    name: "end to end",
    // The longest ones first.
    files: ["e2e/lab/*.test.ts", "e2e/**/*.test.ts"],
    exclude: [...clusterFiles, ...secondClusterFiles, ...apiServerFiles, ...oracleFiles],
    // One more, because some of them mostly wait.
    concurrency: availableParallelism() + 1,
  },
];
/** The remaining files need access to nodes of our own: to their programs, uplinks and power. */
const kindFiles = [
  ...["crd", "istio", "expedite", "renderers"].map((name) => `e2e/cluster/${name}.test.ts`),
  "e2e/cluster/commands/*.test.ts",
];
/** One file after another in one process, because the shared mesh outlives a file. Two clusters at a time, because tests mostly wait. */
const clusterSuites = (
  kind
    ? [{ name: "cluster of kind", files: kindFiles }]
    : [
        { name: "cluster", files: clusterFiles },
        { name: "second cluster", files: secondClusterFiles, exclude: [...clusterFiles, ...apiServerFiles] },
      ]
).map((suite) => ({ ...suite, isOneProcess: true, concurrency: false }));
/** They run next to the clusters. What has nothing to wait for leaves them the processors. The last is of the end-to-end tests, and skipped there until its programs are built. */
const suitesBeside = [
  { name: "API server", files: apiServerFiles, concurrency: false },
  { name: "oracle", files: oracleFiles, concurrency: false, nice: 10, needsBuilding: true },
  {
    name: "chart, validators and krew",
    files: ["e2e/chart/*.test.ts", "e2e/validators/*.test.ts", "e2e/krew/*.test.ts"],
    exclude: ["e2e/chart/install.test.ts"],
    ...{ concurrency: false, nice: 10, needsBuilding: true },
  },
];

/** Loads the test files that are its arguments. */
const filesInOrder = fileURLToPath(new URL("files-in-order.mjs", import.meta.url));

const total = nothing();

/** In the order of the patterns. */
function filesOf({ files, exclude = [] }) {
  const find = (pattern) => globSync(pattern, { exclude: ["**/node_modules/**", ...exclude] }).sort();
  return [...new Set(files.flatMap(find))].filter(
    (file) => chosen.length === 0 || chosen.some((part) => file.includes(part)),
  );
}

/** @yields the text for the terminal */
async function* runSuite(suite) {
  const files = filesOf(suite);
  if (files.length === 0) return;
  yield `\n── ${suite.name}\n`;
  const { concurrency, isOneProcess = false, nice = 0, needsBuilding = false } = suite;
  // setup/main.mjs builds their programs meanwhile.
  while (needsBuilding && existsSync(process.env.EXPEDITE_BUILDING ?? "")) await sleep(1000);
  const env = { ...process.env, EXPEDITE_NICE: `${nice}` };
  const stream = run({
    ...(isOneProcess ? { files: [filesInOrder], argv: files } : { files }),
    ...{ concurrency, env },
  });
  count(stream, total);
  yield* stream.compose(new spec());
}

/** Runs the suites one after another. @returns what they say, at their end */
async function textsOf(suites) {
  const all = [];
  for (const suite of suites) all.push(...(await Array.fromAsync(runSuite(suite))));
  return all;
}

async function show(texts) {
  for await (const text of texts) process.stdout.write(text);
}

if (chosen.length === 0 && !cluster && !check()) process.exit(1);
// Tests start several hundred processes, most of which load the same modules.
process.env.NODE_COMPILE_CACHE ??= resolve(".cache/compiled");
if (!kind) {
  process.env.EXPEDITE_TEST_NODE = process.execPath;
  // The test runner starts this program for each file that has a process of its own.
  process.execPath = fileURLToPath(new URL("own-namespaces.sh", import.meta.url));
}
if (cluster) {
  const sequences = [...clusterSuites.map((suite) => [suite]), kind ? [] : suitesBeside]
    .map((suites) => suites.filter((suite) => filesOf(suite).length > 0))
    .filter((suites) => suites.length > 0);
  const [first = [], ...others] = sequences;
  const beside = others.map(textsOf);
  for (const suite of first) await show(runSuite(suite));
  for (const texts of beside) await show(await texts);
} else {
  for (const suite of suites) await show(runSuite(suite));
}

for (const skip of total.skipped) console.log(`skipped  ${skip}`);
if (!cluster && chosen.length === 0)
  console.log(
    "not run  tests in a real Kubernetes: npm run test:cluster (root and Go; about 25 minutes, 20 more the first time)",
  );
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
const ended = total.passed + total.failed + total.skipped.length;
if (ended === 0) console.error(`No test file's path contains ${chosen.join(" or ")}.`);
process.exitCode = total.failed === 0 && ended > 0 ? 0 : 1;
