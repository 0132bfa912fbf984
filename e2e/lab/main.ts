// `npm run lab`: plays the paper's experiment in the private namespaces it was started in; writes table, report, figure.
import { mkdtempSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { type Arm, arms } from "./arms.ts";
import { CommandError } from "./command.ts";
import { renderNodePrograms, renderProxies } from "./expedite.ts";
import { type PlanOf, play, worldPlans } from "./experiment.ts";
import { mountHostsFile, unmountHostsFile } from "./hosts-file.ts";
import { keepUp } from "./keep.ts";
import { missingQdisc } from "./link.ts";
import { describeMachine } from "./machine.ts";
import { writeManifests } from "./manifests.ts";
import { type Options, parseOptions } from "./options.ts";
import { profiles } from "./profiles.ts";
import { Progress } from "./progress.ts";
import { resultsOf } from "./results.ts";
import { estimate, schedule } from "./schedule.ts";
import { terminalReport } from "./terminal.ts";
import { painter } from "./text-table.ts";
import { applications, gateway } from "./topology.ts";
import { writeResults } from "./write.ts";

/** The lab mounts over /etc/hosts and makes namespaces: only where nothing of the machine's can be seen. */
function requirePrivateNetwork(): void {
  const others = Object.keys(networkInterfaces()).filter((name) => name !== "lo");
  if (others.length === 0) return;
  console.error(
    `The lab runs in a private network namespace, and this one has ${others.join(", ")}. Start it with: npm run lab`,
  );
  process.exit(2);
}

/** Why an arm can't be played on this kernel, by name. */
async function probe(chosen: readonly Arm[]): Promise<ReadonlyMap<string, string>> {
  const skipped = new Map<string, string>();
  for (const { name, queue } of chosen) {
    const reason = queue === "fq_codel" ? await missingQdisc(queue) : undefined;
    if (reason !== undefined) skipped.set(name, `this kernel has no ${queue} (${reason})`);
  }
  return skipped;
}

/** Renders what the chosen arms need, once. */
async function prepare(folder: string, chosen: readonly Arm[], options: Options): Promise<PlanOf> {
  const pods = [gateway, ...applications].map((pod) => pod.name);
  const programs = join(folder, "node");
  const proxies = new Map<string, ReadonlyMap<string, unknown>>();
  for (const mode of ["Off", "Enforce"] as const) {
    const needing = chosen.filter((arm) => arm.mesh && arm.levels === (mode === "Enforce"));
    if (needing.length === 0) continue;
    const manifests = join(folder, `manifests-${mode.toLowerCase()}`);
    writeManifests(manifests, profiles[options.profile], mode);
    const rendered = await renderProxies(manifests, join(folder, `envoy-${mode.toLowerCase()}`), pods);
    for (const arm of needing) proxies.set(arm.name, rendered);
    if (needing.some((arm) => arm.queue === "levels")) await renderNodePrograms(manifests, programs);
  }
  return worldPlans(options, proxies, programs);
}

interface Prepared {
  readonly options: Options;
  readonly chosen: readonly Arm[];
  readonly skipped: ReadonlyMap<string, string>;
  readonly possible: readonly Arm[];
  readonly planOf: PlanOf;
}

async function playAndWrite({ options, chosen, skipped, possible, planOf }: Prepared): Promise<void> {
  const startedAt = new Date();
  const visits = schedule(possible, options);
  const points = visits.flatMap((visit) => visit.points).length;
  const progress = new Progress(process.stderr, points, estimate(visits, options));
  const played = await play(visits, options, planOf, progress).finally(() => progress.end());
  const results = resultsOf({ startedAt, options, machine: await describeMachine(), arms: chosen, skipped, played });
  process.stdout.write(terminalReport(results, painter(process.stdout)));
  const written = writeResults(results);
  state = "The results are written.";
  console.log(["Written:", ...written.map((path) => `  ${path}`), ""].join("\n"));
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  requirePrivateNetwork();
  const folder = mkdtempSync(join(tmpdir(), "expedite-lab-"));
  const chosen = arms.filter((arm) => options.arms.includes(arm.name));
  const skipped = await probe(chosen);
  const possible = chosen.filter((arm) => !skipped.has(arm.name));
  const planOf = await prepare(folder, possible, options);
  await mountHostsFile(folder);
  try {
    if (options.duration > 0) await playAndWrite({ options, chosen, skipped, possible, planOf });
    const last = possible.at(-1);
    if (options.keep && last !== undefined) await keepUp(planOf(last));
  } finally {
    await unmountHostsFile();
  }
}

/** What a signal finds: results are written as a whole at the end or not at all. */
let state = "Nothing was written.";

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    console.error(`\n\nStopped by ${signal}. ${state}`);
    process.exit(signal === "SIGINT" ? 130 : 143);
  });

/** A refused option or file is the user's to mend: its message says all. Anything else shows where it happened. */
function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
  console.error(error instanceof CommandError ? error.message : error);
  return 1;
}

// Nothing is waited for: applications and proxies end with this process.
await main().catch((error) => process.exit(exitCode(error)));
