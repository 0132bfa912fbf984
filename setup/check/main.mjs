// `npm run check`, and the first thing that `npm test` does: what can be said of the code without running it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const typescript6 = fileURLToPath(new URL("typescript-6.mjs", import.meta.url));
const folders = ["control-plane", "e2e", "filter", "setup"];

/** Each with what it is for; the fastest first. */
const checks = [
  { program: "tsc", args: ["--noEmit"] },
  { program: "tsc", args: ["-p", "filter/assembly"] },
  // Form, names, lengths.
  { program: "biome", args: ["check", "--error-on-warnings", "."] },
  // Exports, files and dependencies that nobody uses, imports that no package.json declares.
  { program: "knip", args: [] },
  // Circles of imports, and imports against the direction of the layers.
  {
    program: "depcruise",
    args: ["--config", ".dependency-cruiser.mjs", ...folders],
    node: ["--import", typescript6],
  },
];

/** Runs all in turn and shows what they print. @returns whether none of them found anything */
export function check() {
  return checks.every(({ program, args, node = [] }) => {
    const command = [...node, `node_modules/.bin/${program}`, ...args];
    const isClean = spawnSync(process.execPath, command, { stdio: "inherit" }).status === 0;
    if (!isClean) console.error(`✗ ${program} ${args.join(" ")}`);
    return isClean;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = check() ? 0 : 1;
