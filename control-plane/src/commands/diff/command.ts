// The command line of `expedite diff`.
import type { Command } from "commander";
import { clusterCommand, controllerNamespace, exitCodeOf, print, repeatable, warn } from "../command-line.ts";
import { progressOn } from "../progress.ts";
import type { DiffOptions } from "./diff.ts";

export function diffCommand(): Command {
  return clusterCommand("diff", "Show what the controller would change in the cluster, without changing anything.")
    .option(...controllerNamespace)
    .option(
      "-f, --file <path>",
      "A YAML or JSON file, or a folder of them; repeatable (default: the cluster's own policies).",
      repeatable,
    )
    .option("--filter <path>", "The filter's Wasm module (default: its own).")
    .option("--json", "Print the differences and the warnings as JSON.")
    .addHelpText("after", "\nExit code: 0 if nothing differs, 1 if something does, 2 after a failure.")
    .action(async (options: DiffOptions & { json?: boolean }) => {
      const progress = progressOn(process.stderr);
      try {
        const [{ runDiff }, { diffText }] = await Promise.all([import("./diff.ts"), import("./text.ts")]);
        const diff = await runDiff(options, progress.say).finally(progress.end);
        warn(diff.warnings);
        if (options.json === true || !diff.isSame) print(options.json, diff, diffText(diff, process.stdout));
        process.exitCode = diff.isSame ? 0 : 1;
      } catch (error) {
        exitCodeOf(error);
        process.exitCode = 2;
      }
    });
}
