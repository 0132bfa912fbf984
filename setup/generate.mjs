// Rewrites everything that is generated from code: CRDs, RBAC rules, reference pages, golden files. The same tests compare it afterwards.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";

const tests = globSync(["control-plane/src/**/*.test.ts", "filter/host/**/*.test.ts"])
  .filter((file) => readFileSync(file, "utf8").includes("UPDATE_GOLDEN"))
  .sort();

const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=dot", ...tests], {
  stdio: "inherit",
  env: { ...process.env, UPDATE_GOLDEN: "1" },
});
process.exitCode = status ?? 1;
