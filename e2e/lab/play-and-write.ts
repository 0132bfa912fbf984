// Runs the prepared experiment, shows its results and writes them.
import { describeMachine } from "../measure/machine.ts";
import { painter } from "../measure/text-table.ts";
import type { Arm } from "./arms.ts";
import { type PlanOf, play } from "./experiment.ts";
import type { Options } from "./options.ts";
import { Progress } from "./progress.ts";
import { resultsOf } from "./results/results.ts";
import { terminalReport } from "./results/terminal.ts";
import { writeResults } from "./results/write.ts";
import { estimate, schedule } from "./schedule.ts";
import type { Site } from "./site/site.ts";

export interface Prepared {
  readonly options: Options;
  readonly chosen: readonly Arm[];
  readonly skipped: ReadonlyMap<string, string>;
  readonly possible: readonly Arm[];
  readonly planOf: PlanOf;
  readonly site: Site;
}

export async function playAndWrite({ options, chosen, skipped, possible, planOf, site }: Prepared): Promise<void> {
  const startedAt = new Date();
  const visits = schedule(possible, options);
  const points = visits.flatMap((visit) => visit.points).length;
  const watcher = new Progress(process.stderr, points, estimate(visits, options));
  const played = await play({ visits, options, planOf, site, watcher }).finally(() => watcher.end());
  const results = resultsOf({ startedAt, options, machine: await describeMachine(), arms: chosen, skipped, played });
  process.stdout.write(terminalReport(results, painter(process.stdout)));
  const written = writeResults(results);
  console.log(["Written:", ...written.map((path) => `  ${path}`), ""].join("\n"));
}
