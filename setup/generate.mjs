// Rewrites everything that is generated from code: CRDs, RBAC rules, reference pages, golden files, the chart. The same tests compare it afterwards.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";

/** In this order: the chart is made of the manifests, and the add-on is what the chart renders. */
const steps = [
  ["control-plane/src/**/*.test.ts", "filter/host/**/*.test.ts"],
  ["release/images/*.test.ts"],
  ["release/chart/*.test.ts", "release/gitops/*.test.ts"],
  ["e2e/chart/*.test.ts"],
];

const isDone = steps.every((patterns) => {
  const tests = globSync(patterns)
    .filter((file) => readFileSync(file, "utf8").includes("UPDATE_GOLDEN"))
    .sort();
  const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=dot", ...tests], {
    stdio: "inherit",
    env: { ...process.env, UPDATE_GOLDEN: "1" },
  });
  return status === 0;
});
process.exitCode = isDone ? 0 : 1;
