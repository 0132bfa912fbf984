// `npm run check`, and the first step of `npm test`: every check of the code that does not run it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const typescript6 = fileURLToPath(new URL("typescript-6.mjs", import.meta.url));
const folders = ["control-plane", "e2e", "filter", "release", "setup"];

/** Commands with their purpose, fastest first. */
const checks = [
  { program: "tsc", args: ["--noEmit"] },
  { program: "tsc", args: ["-p", "filter/assembly"] },
  // Form, names, lengths.
  { program: "biome", args: ["check", "--error-on-warnings", "."] },
  // What each file says and imports, and how long it is.
  { script: "setup/check/files.mjs" },
  // Unused exports, files and dependencies; imports that no package.json declares.
  { program: "knip", args: [] },
  // Circular imports, and imports against the direction of the layers.
  {
    program: "depcruise",
    args: ["--config", ".dependency-cruiser.mjs", ...folders],
    node: ["--import", typescript6],
  },
];

/** Runs all in turn and shows their output. @returns whether all of them passed */
export function check() {
  return checks.every(({ program, script = `node_modules/.bin/${program}`, args = [], node = [] }) => {
    const command = [...node, script, ...args];
    const isClean = spawnSync(process.execPath, command, { stdio: "inherit" }).status === 0;
    if (!isClean) console.error(`✗ ${[program ?? script, ...args].join(" ")}`);
    return isClean;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = check() ? 0 : 1;
