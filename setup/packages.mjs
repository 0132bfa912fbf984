// Brings node_modules up to date with package-lock.json. Skips if npm has already installed this lock file.
import { lstatSync, readlinkSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { codeOf, run, SetupError, step } from "./step.mjs";

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** npm ci first empties node_modules, even through a link, and with it the packages of another checkout. */
function refuseLink(folder) {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new SetupError(
    `${folder} is a symbolic link, and npm ci would empty the folder that it leads to (${readlinkSync(folder)}). Either remove the link (rm node_modules), so that this checkout gets packages of its own, or install them there.`,
  );
}

const again = "run the command again: it goes on from here";
const waysOut = {
  EINTEGRITY: `It is not the package that package-lock.json pins. Empty npm's cache (npm cache clean --force), or set npm_config_registry to another registry, and ${again}.`,
  ENOSPC: "",
};
const toTheRegistry = `Set npm_config_registry to a registry that answers, or https_proxy where there is a proxy, and ${again}.`;

/** npm prints its code, then the reason, then a stack and advice. @returns an error of one line */
function inShort(error) {
  const lines = error.output?.split("\n").map((line) => /^npm (?:error|ERR!) (\S.*)/.exec(line)?.[1] ?? "") ?? [];
  const [code] = lines.filter((line) => line.startsWith("code ")).map((line) => line.slice("code ".length));
  const reason = lines.find((line) => line !== "" && !/^(code|syscall|errno|path|dest|cwd) /.test(line));
  const isOfNetwork = /^(E[0-9]{3}|ECONN.*|ENOTFOUND|EAI_AGAIN|E.*TIMEDOUT|ERR_SOCKET_.*|.*CERT.*)$/.test(code);
  const wayOut = waysOut[code] ?? (isOfNetwork ? toTheRegistry : undefined);
  if (reason === undefined || wayOut === undefined) return withoutWarnings(error);
  const what = reason.replace(/^(FetchError:|nospc) /, "").replace(/\.$/, "");
  return Object.assign(new SetupError(`npm could not install the packages: ${what}. ${wayOut}`.trim()), { code });
}

function withoutWarnings(error) {
  const lines = (error.output ?? error.message).split("\n").filter((line) => !/^npm warn/i.test(line));
  return new SetupError(`npm could not install the packages:\n${lines.slice(0, 20).join("\n").trim()}`);
}

/** For a registry that fails: some seconds, like for other downloads, and not npm's seventy. */
const patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-factor=3"];
/** Without questions that a registry need not be able to answer: npm ends with 1 and no reason if the answer to its audit makes no sense. */
const nothingElse = ["--no-audit", "--no-fund"];

async function install(root) {
  const said = await run("npm", ["ci", "--loglevel=warn", ...nothingElse, ...patience], {
    cwd: root,
    both: true,
  }).catch((error) => {
    throw inShort(error);
  });
  // npm only warns of files that it could not write, ends with 0, and would take the packages for installed the next time.
  const [, damage] = /TAR_ENTRY_ERROR (.*)/.exec(said) ?? [];
  if (damage === undefined) return;
  rmSync(join(root, "node_modules/.package-lock.json"), { force: true });
  throw Object.assign(new SetupError(`npm could not install the packages: ${damage}.`), codeOf(damage));
}

/** @throws SetupError when packages are missing and node_modules is a link, or npm fails */
export async function installPackages(root) {
  const lock = modified(join(root, "package-lock.json"));
  const node = join(root, "node_modules/node/bin/node");
  if (modified(join(root, "node_modules/.package-lock.json")) < lock || modified(node) === 0) {
    refuseLink(join(root, "node_modules"));
    await step("npm packages, Node 24 among them", () => install(root));
  }
  return node;
}
