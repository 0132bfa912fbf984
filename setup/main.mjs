// The program behind `npm run lab` and `npm test`: sets up what is missing, then runs a program in private namespaces. Plain JavaScript
// without dependencies, because it runs before npm ci, on the installed Node (20 or later).
import { delimiter, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildBeside, buildCluster, buildGenerators } from "./cluster.mjs";
import { defaultEnvoyVersion, fetchEnvoy } from "./envoy.mjs";
import { buildFilter } from "./filter.mjs";
import { checkKind, runHere } from "./kind.mjs";
import { installPackages } from "./packages.mjs";
import { checkPrivate, path, runPrivately } from "./private.mjs";
import { bringLoader, findCompiler, findLoader } from "./scavenger.mjs";
import { fail, SetupError } from "./step.mjs";
import { bringTools, requireTools } from "./tools/tools.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** What each command runs, given its arguments. */
const commands = {
  lab: (node, args) => [node, "e2e/lab/main.ts", ...args],
  test: (node, args) => [node, "setup/test.mjs", ...args],
  private: (_node, args) => args,
  "test:cluster": (node, args) => [node, "setup/test.mjs", "--cluster", ...args],
  image: (node, args) => [node, "release/images/main.ts", ...args],
  release: (node, args) => [node, "release/artefacts/main.ts", ...args],
  "bench:agent": (node, args) => [node, "control-plane/test/agent-bench/main.ts", ...args],
  "bench:control-plane": (node, args) => [node, "e2e/control-plane-bench/main.ts", ...args],
  "bench:scavenger": (node, args) => [node, "e2e/scavenger-bench/main.ts", ...args],
  oracle: (node, args) => [node, "e2e/oracle/main.ts", ...args],
};

/** Commands that load the scavenger, or contain what loads it. */
const loading = ["test:cluster", "bench:agent", "bench:control-plane", "image", "release", "bench:scavenger"];

/** Commands that need the parts of a cluster. */
const clustered = ["test:cluster", "bench:control-plane"];

const usage = `usage: node setup/main.mjs ${Object.keys(commands).join("|")} [--envoy VERSION] [ARGUMENTS]`;

function parse([name, ...rest]) {
  const command = commands[name];
  if (command === undefined || (name === "private" && rest.length === 0)) throw new SetupError(usage);
  const own = name === "private" ? rest : rest.filter((argument) => argument !== "--");
  const kind = name === "test:cluster" && own.includes("--kind");
  const args = kind ? own.filter((argument) => argument !== "--kind") : own;
  const at = name === "private" ? -1 : args.indexOf("--envoy");
  if (at < 0) return { name, command, args, kind, version: process.env.EXPEDITE_ENVOY_VERSION ?? defaultEnvoyVersion };
  const [, version] = args.splice(at, 2);
  if (version === undefined) throw new SetupError("--envoy needs a version, for example --envoy 1.40.0");
  return { name, command, args, kind, version };
}

/** Starts no proxy and shapes no link, so anyone can run it anywhere. */
async function oracle(command, args) {
  const node = await installPackages(root);
  await buildGenerators(root, node);
  process.exitCode = await runHere(command(node, args), { PATH: dirname(node) });
}

async function main() {
  const { name, command, args, kind, version } = parse(process.argv.slice(2));
  if (name === "oracle") return oracle(command, args);
  if (kind) process.env.EXPEDITE_KIND = "1";
  await (kind ? checkKind() : checkPrivate());
  const isClustered = clustered.includes(name);
  const tools = kind ? "" : await (isClustered ? requireTools(path) : bringTools(root, path));
  const isLoading = loading.includes(name) || (name === "lab" && args.some((arg) => arg.includes("scavenger")));
  const loader = isLoading ? await bringLoader(root) : name === "test" ? await findLoader(root) : "";
  const compiler = name === "test" ? await findCompiler(root) : undefined;
  const node = await installPackages(root);
  const module = await buildFilter(root, node);
  const envoy = await fetchEnvoy(root, node, version);
  if (isClustered) await buildCluster(root, node, envoy);
  const beside = name === "test:cluster" && !kind ? buildBeside(root, node) : undefined;
  const code = await (kind ? runHere : runPrivately)(command(node, args), {
    PATH: [dirname(node), tools, loader, compiler ?? ""].filter((folder) => folder !== "").join(delimiter),
    EXPEDITE_ENVOY: envoy,
    EXPEDITE_ENVOY_VERSION: version,
    EXPEDITE_FILTER: module,
    ...(beside === undefined ? {} : { EXPEDITE_BUILDING: beside.file }),
  });
  process.exitCode = (await beside?.built) === false ? code || 1 : code;
}

process.chdir(root);
await main().catch(fail);
