// What the programs of the benches share: how they end, and how they write their results.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CommanderError } from "commander";

/**
 * As the first process of its pid namespace, a bench ignores signals without a handler; all other processes end with it. `cleanUp` runs
 * before.
 */
export function endOnSignals(cleanUp: () => Promise<unknown> = async () => undefined): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.on(signal, () => void cleanUp().finally(() => process.exit(code)));
}

/** Why a bench can't run here; undefined or false: it can. */
type Obstacle = string | undefined | false;

/** Sets the exit code: 1 if an obstacle was printed or the work failed, 2 if an option was refused. Never rejects. */
export async function runBench<Options>(
  parse: (argv: readonly string[]) => Options,
  obstacle: (options: Options) => Obstacle | Promise<Obstacle>,
  work: (options: Options) => Promise<void>,
): Promise<void> {
  try {
    const options = parse(process.argv.slice(2));
    const reason = await obstacle(options);
    if (reason === undefined || reason === false) await work(options);
    else {
      console.error(reason);
      process.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof CommanderError)) console.error(error);
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
  }
}

/** Creates the file's folder, too. */
export function writeResults(file: string, results: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, undefined, 1)}\n`);
}
