// Brings node_modules to what package-lock.json says. Skips when npm has already installed this lock file.
import { statSync } from "node:fs";
import { join } from "node:path";
import { run, step } from "./step.mjs";

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export async function installPackages(root) {
  const lock = modified(join(root, "package-lock.json"));
  const node = join(root, "node_modules/node/bin/node");
  if (modified(join(root, "node_modules/.package-lock.json")) < lock || modified(node) === 0)
    await step("npm packages, Node 24 among them", () => run("npm", ["ci", "--loglevel=error"], { cwd: root }));
  return node;
}
