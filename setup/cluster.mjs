// Builds what the cluster tests need and this machine lacks (e2e/cluster/build); it shows its progress itself.
import { spawn } from "node:child_process";
import { SetupError } from "./step.mjs";

/** @throws SetupError when a part can't be built; a machine that can't have a cluster is no error: its tests skip */
export async function buildCluster(root, node, envoy) {
  const child = spawn(node, ["e2e/cluster/build/build.ts"], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, EXPEDITE_ENVOY: envoy },
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new SetupError("The cluster could not be built.");
}
