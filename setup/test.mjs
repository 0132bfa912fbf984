// Runs the checks and the tests inside the private namespaces; ends with one line of counts and the reasons of skips. Arguments choose test
// files by a part of their path: npm test -- filter lab
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { check } from "./check/main.mjs";
import { count, nothing } from "./count.mjs";

const args = process.argv.slice(2);
const cluster = args.includes("--cluster");
const kind = process.env.EXPEDITE_KIND !== undefined;
const chosen = args.filter((argument) => argument !== "--cluster");

/** Each starts an API server of its own, without nodes. */
const apiServerFiles = [
  ...["crd", "dry-run", "commands/*"].map((name) => `e2e/cluster/${name}.test.ts`),
  "e2e/chart/install.test.ts",
];
/**
 * Tests in a real Kubernetes, a suite of its own because it needs root, Go and a long time. They run in two clusters, and the files in each
 * share a mesh. Only the first has node agents, whose scavenger the whole kernel knows. Its second and third file examine proxies that
 * Expedite has not touched, or left long ago.
 */
const firstCluster = [
  "cluster",
  "istio",
  "lifecycle",
  "agent",
  "artefacts",
  "uplinks",
  "request-queue",
  "expedite",
  "gateway-routes",
].map((name) => `e2e/cluster/${name}.test.ts`);
const secondCluster = "e2e/cluster/{,faults/}*.test.ts";
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
    exclude: [...firstCluster, secondCluster, ...apiServerFiles, ...oracleFiles],
    // One more, because some of them mostly wait.
    concurrency: availableParallelism() + 1,
  },
];
/** The remaining files need access to nodes of our own: to their programs, uplinks and power. */
const kindFiles = [
  ...["crd", "istio", "expedite", "renderers"].map((name) => `e2e/cluster/${name}.test.ts`),
  "e2e/cluster/commands/*.test.ts",
];
const clusterSuite = kind
  ? { name: "cluster of kind", inTurn: [{ files: kindFiles }] }
  : {
      name: "clusters",
      inTurn: [{ files: firstCluster }, { files: [secondCluster], exclude: [...firstCluster, ...apiServerFiles] }],
    };
/** They run next to the clusters. The last is of the end-to-end tests, and skipped there until its programs are built. */
const suitesBeside = [
  { name: "API server", files: apiServerFiles, concurrency: false },
  { name: "oracle", files: oracleFiles, concurrency: false },
  {
    name: "chart, validators and krew",
    files: ["e2e/chart/*.test.ts", "e2e/validators/*.test.ts", "e2e/krew/*.test.ts"],
    exclude: ["e2e/chart/install.test.ts"],
    concurrency: false,
  },
];

const total = nothing();

/** In the order of the patterns. */
function filesOf(files, exclude = []) {
  const find = (pattern) => globSync(pattern, { exclude: ["**/node_modules/**", ...exclude] }).sort();
  return [...new Set(files.flatMap(find))].filter(
    (file) => chosen.length === 0 || chosen.some((part) => file.includes(part)),
  );
}

/** @yields the text for the terminal */
async function* runSuite({ name, files, exclude, concurrency }) {
  const found = filesOf(files, exclude);
  if (found.length === 0) return;
  yield `\n── ${name}\n`;
  yield* report(run({ files: found, concurrency }));
}

/** Each list of files in a process of its own. @yields the text for the terminal: of the first while it runs, then of the others */
async function* runInTurn({ name, inTurn }) {
  const lists = inTurn.map(({ files, exclude }) => filesOf(files, exclude)).filter((found) => found.length > 0);
  if (lists.length === 0) return;
  yield `\n── ${name}\n`;
  const streams = lists.map((found, index) => {
    const outside = `${process.env.EXPEDITE_OUTSIDE_PID}-${index + 1}`;
    const env = { ...process.env, EXPEDITE_TEST_FILES: found.join(delimiter), EXPEDITE_OUTSIDE_PID: outside };
    return run({ files: ["setup/in-turn.mjs"], env });
  });
  const others = streams.slice(1).map((stream) => Array.fromAsync(report(stream)));
  yield* report(streams[0]);
  for (const texts of others) yield* await texts;
}

function report(stream) {
  count(stream, total);
  return stream.compose(new spec());
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
  const beside = kind ? [] : suitesBeside;
  const texts = (async () => {
    const all = [];
    for (const suite of beside) all.push(...(await Array.fromAsync(runSuite(suite))));
    return all;
  })();
  await show(runInTurn(clusterSuite));
  await show(await texts);
} else {
  for (const suite of suites) await show(runSuite(suite));
}

for (const skip of total.skipped) console.log(`skipped  ${skip}`);
if (!cluster && chosen.length === 0)
  console.log(
    "not run  tests in a real Kubernetes: npm run test:cluster (root and Go; about 25 minutes, 12 more the first time)",
  );
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
const ended = total.passed + total.failed + total.skipped.length;
if (ended === 0) console.error(`No test file's path contains ${chosen.join(" or ")}.`);
process.exitCode = total.failed === 0 && ended > 0 ? 0 : 1;
