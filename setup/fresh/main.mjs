// npm run test:fresh: runs a newcomer's commands on a fresh machine, as root and as an ordinary user, then again without a network. --full
// also runs both commands at full length; --release NAME uses another release than this machine's.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { path } from "../private.mjs";
import { fail, run, SetupError, step } from "../step.mjs";
import { findProgram } from "../tools/tools.mjs";
import { makeMachine, putCheckout, runInside, users } from "./machine.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = join(root, ".cache/fresh");
const { values } = parseArgs({ options: { full: { type: "boolean" }, release: { type: "string" } } });

/** Two seconds at one rate in two arms. */
const shortLab = "npm run lab -- --rps 10 --duration 2 --repeats 1 --arms mesh,packets --alone none";

const plays = [
  { command: "npm run lab -- --help" },
  { command: shortLab },
  { command: "npm test -- setup" },
  { command: shortLab, offline: true },
  ...(values.full ? [{ command: "npm run lab" }, { command: "npm test" }] : []),
];

/** Why this machine can't make a fresh one. */
function obstacle() {
  if (process.platform !== "linux" || process.getuid() !== 0) return "it needs root on Linux";
  if (findProgram("apt-get", path) === undefined) return "it needs apt to make a Debian or Ubuntu system of its own";
  return undefined;
}

async function play(machine, user, { command, offline = false }) {
  const log = join(folder, "log");
  const output = openSync(log, "w");
  try {
    await step(`${user}${offline ? ", no network" : ""}: ${command}`, async () => {
      const code = await runInside(machine, user, { command, offline, log: output });
      if (code !== 0) throw new SetupError(`It ended with ${code}:\n${readFileSync(log, "utf8").slice(-8000)}`);
    });
    const told = readFileSync(log, "utf8").split("\n");
    for (const line of told.filter((text) => /^(✓|skipped|\d+ passed|CPU )/.test(text))) console.error(`    ${line}`);
    console.error(
      `    load ${loadavg()
        .map((load) => load.toFixed(1))
        .join(" ")}`,
    );
  } finally {
    closeSync(output);
  }
}

/** @throws SetupError with everything that is new outside the checkout and npm's cache */
async function checkNothingLeft(machine) {
  const homes = Object.values(users).flatMap(({ home }) => [`${home}/expedite`, `${home}/.npm`]);
  const except = homes.flatMap((path) => ["-path", join(machine.root, path), "-prune", "-o"]);
  const found = await run("find", [
    machine.root,
    ...except,
    "-newer",
    join(folder, "began"),
    "-not",
    "-type",
    "d",
    "-print",
  ]);
  if (found !== "") throw new SetupError(`Left on the machine:\n${found.replaceAll(machine.root, "")}`);
}

async function main() {
  const reason = obstacle();
  if (reason !== undefined) return console.log(`skipped  a fresh machine: ${reason}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  process.on("SIGINT", () => {}); // the command gets the signal from the terminal and ends; the folder is removed below
  try {
    let machine;
    await step("a fresh machine", async (say) => {
      machine = await makeMachine(folder, values.release, say);
    });
    for (const user of Object.keys(users)) await putCheckout(machine, user, root);
    closeSync(openSync(join(folder, "began"), "w"));
    for (const user of Object.keys(users)) for (const each of plays) await play(machine, user, each);
    await checkNothingLeft(machine);
    console.log("Nothing is left on the machine outside of the checkouts and npm's cache.");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
