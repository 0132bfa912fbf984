// The command line of `expedite uninstall`.
import type { Command } from "commander";
import { clusterCommand, controllerNamespace } from "../command-line.ts";
import type { UninstallOptions } from "./run-uninstall.ts";

export function uninstallCommand(): Command {
  return clusterCommand("uninstall", "Remove Expedite from the cluster, in an order that fails no request.")
    .option(...controllerNamespace)
    .option(
      "--all",
      "Also remove the kinds, and with them every PriorityPolicy, every RequestQueue and the PriorityLadder.",
    )
    .option("--yes", "Do not ask for confirmation.")
    .option("--dry-run", "Show the steps without running them.")
    .action(async (options: UninstallOptions) => {
      const { runUninstall } = await import("./run-uninstall.ts");
      console.log(await runUninstall(options));
    });
}
