// Runs a program until a signal ends it, and returns its exit code: a failure is one line on standard error.
import { CommanderError } from "commander";

/** Resolves on SIGTERM or SIGINT. */
export function signalled(): Promise<unknown> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}

export async function start(run: () => Promise<void>): Promise<never> {
  try {
    await run();
    process.exit(0);
  } catch (error) {
    if (!(error instanceof CommanderError)) console.error(`error: ${(error as Error).message}`);
    process.exit(error instanceof CommanderError ? error.exitCode : 1);
  }
}
