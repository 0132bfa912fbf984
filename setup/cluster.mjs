// Builds what the cluster tests need and this machine lacks (e2e/kubernetes/build), which shows its own progress.
import { spawn } from "node:child_process";
import { SetupError } from "./step.mjs";

/** @throws SetupError when a part can't be built; on a machine that can't run a cluster, the tests skip instead */
export async function buildCluster(root, node, envoy) {
  if (!(await build(root, node, [], { EXPEDITE_ENVOY: envoy })))
    throw new SetupError("The cluster could not be built.");
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
