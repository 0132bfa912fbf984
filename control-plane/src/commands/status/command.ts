// The command line of `expedite status`.
import type { Command } from "commander";
import { clusterCommand, controllerNamespace, print } from "../command-line.ts";
import type { StatusOptions } from "./status.ts";

export function statusCommand(): Command {
  return clusterCommand(
    "status",
    "Show what is in force: policies with their conditions, what request queues do, and each namespace's proxies.",
  )
    .option(...controllerNamespace)
    .option("--controller <url>", "The URL of a controller outside the cluster.")
    .option("--json", "Print the status as JSON.")
    .addHelpText("after", "\nExit code: 0 if every policy is in force in every proxy, 1 if not, or if it is not known.")
    .action(async (options: StatusOptions & { json?: boolean }) => {
      const [{ runStatus }, { statusText }] = await Promise.all([import("./status.ts"), import("./text.ts")]);
      const status = await runStatus(options);
      print(options.json, status, statusText(status, process.stdout));
      process.exitCode = status.isProgrammed ? 0 : 1;
    });
}
