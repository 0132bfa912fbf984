// Brings node_modules up to date with package-lock.json. Skips if npm has already installed this lock file.
import { lstatSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError, step } from "./step.mjs";

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** npm ci first empties node_modules, even through a link, and with it the packages of another checkout. */
function refuseLink(folder) {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new SetupError(
    `${folder} is a symbolic link, and npm ci would empty the folder that it leads to (${readlinkSync(folder)}). Either remove the link (rm node_modules), so that this checkout gets packages of its own, or install them there.`,
  );
}

/** @throws SetupError when packages are missing and node_modules is a link, or npm fails */
export async function installPackages(root) {
  const lock = modified(join(root, "package-lock.json"));
  const node = join(root, "node_modules/node/bin/node");
  if (modified(join(root, "node_modules/.package-lock.json")) < lock || modified(node) === 0) {
    refuseLink(join(root, "node_modules"));
    await step("npm packages, Node 24 among them", () => run("npm", ["ci", "--loglevel=error"], { cwd: root }));
  }
  return node;
}
