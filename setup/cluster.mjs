// Builds what the cluster tests need and this machine lacks (e2e/kubernetes/build), which shows its own progress.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./step.mjs";

/** @throws SetupError when a part can't be built; on a machine that can't run a cluster, the tests skip instead */
export async function buildCluster(root, node, envoy) {
  if (!(await build(root, node, [], { EXPEDITE_ENVOY: envoy })))
    throw new SetupError("The cluster could not be built.");
}

/**
 * Builds the programs that no cluster needs while the cluster's tests run. Tests that need them wait while the file exists.
 * @returns the file, and `built`, which resolves at the end with whether all could be built
 */
export function buildBeside(root, node) {
  const folder = join(root, ".cache/cluster");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `building-${process.pid}`);
  writeFileSync(file, "");
  const built = build(root, node, ["--beside"], {}).finally(() => rmSync(file, { force: true }));
  return { file, built };
}

/** Builds only Istio's generators (e2e/oracle). @throws SetupError when they can't be built */
export async function buildGenerators(root, node) {
  if (!(await build(root, node, ["--generators"], {}))) throw new SetupError("Istio's generators could not be built.");
}

async function build(root, node, args, env) {
  const child = spawn(node, ["e2e/kubernetes/build/build.ts", ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return code === 0;
}
