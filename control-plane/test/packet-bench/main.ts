// `npm run bench:packets -- CASE`: measures in private namespaces, through the agent's code, what a node's order of packets is worth.
import { loadavg } from "node:os";
import { Argument, Command, Option } from "commander";
import { endOnSignals, runBench } from "../../../e2e/measure/bench-program.ts";
import { describeMachine } from "../../../e2e/measure/machine.ts";
import { startProgress } from "../../../e2e/measure/step-progress.ts";
import { wholeNumber } from "../../../e2e/measure/whole-number.ts";
import { withoutGo } from "../../../e2e/process/go-program.ts";
import { withoutNamespaces } from "../veth-pair.ts";
import { measureAccepted } from "./accepted.ts";
import { measureBackup } from "./backup.ts";
import { measureFabric } from "./fabric.ts";
import { areRequestsFirst, buildBulk, endTraffic } from "./programs.ts";
import { measureShares } from "./shares.ts";

const cases = {
  shares: measureShares,
  backup: measureBackup,
  fabric: measureFabric,
  accepted: measureAccepted,
} as const;
type Case = keyof typeof cases;
type Options = { readonly name: Case; readonly rounds: number };

const defaultRounds: Readonly<Record<Case, number>> = { shares: 3, backup: 36, fabric: 6, accepted: 1 };

function parseOptions(argv: readonly string[]): Options {
  const program = new Command("npm run bench:packets --")
    .description("Measures what a node's order of packets is worth, and prints a table. It takes about two minutes.")
    .addArgument(new Argument("<case>", "what to measure").choices(Object.keys(cases)))
    .addOption(
      new Option(
        "--rounds <n>",
        "alternated rounds of each arm (default: 3 for shares, 36 for backup, 6 for fabric, 1 for accepted)",
      ).argParser(wholeNumber(1, 100)),
    )
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)")
    .exitOverride();
  program.parse(argv, { from: "user" });
  const name = program.args[0] as Case;
  return { name, rounds: program.opts<{ rounds?: number }>().rounds ?? defaultRounds[name] };
}

async function obstacle({ name }: Options): Promise<string | false | undefined> {
  return (await withoutNamespaces()) || (name === "accepted" ? false : withoutGo());
}

async function measure({ name, rounds: count }: Options): Promise<void> {
  const say = startProgress(process.stderr);
  if (name !== "accepted") buildBulk();
  const [atStart = 0] = loadavg();
  try {
    const table = await cases[name](count, say);
    const { versions, hardware } = await describeMachine();
    const machine = `${hardware.cpu}, ${hardware.cores} cores, Linux ${versions.kernel}, Node ${versions.node}`;
    const load = `load average ${atStart.toFixed(1)} before and ${loadavg()[0]!.toFixed(1)} after`;
    const requests = areRequestsFirst ? "requests before everything else" : "requests wait for a core like all others";
    console.log(`${machine}; ${load}; ${requests}.\n\n${table}`);
  } finally {
    endTraffic();
  }
}

endOnSignals();
await runBench(parseOptions, obstacle, measure);
