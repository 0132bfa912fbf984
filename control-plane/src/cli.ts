#!/usr/bin/env node
// The `expedite` command: each verb has a folder in commands/. A verb loads its modules when it runs, because the Kubernetes client takes
// half a second.
import { basename } from "node:path";
import { Command } from "commander";
import { exitCodeOf } from "./commands/command-line.ts";
import { diffCommand } from "./commands/diff/command.ts";
import { explainCommand } from "./commands/explain/command.ts";
import { nodeCommand } from "./commands/node/command.ts";
import { renderCommand } from "./commands/render/command.ts";
import { statusCommand } from "./commands/status/command.ts";
import { uninstallCommand } from "./commands/uninstall/command.ts";
import { version } from "./core/version.ts";

/** kubectl runs a program of this name for `kubectl expedite`. */
const name = basename(process.execPath) === "kubectl-expedite" ? "kubectl expedite" : "expedite";

const program = new Command(name)
  .description("Carries a request's priority from the edge of a mesh down to the packet queue.")
  .version(version, "-V, --version", "Print the version.");
const verbs = [
  renderCommand(),
  explainCommand(),
  statusCommand(),
  diffCommand(),
  uninstallCommand(),
  nodeCommand(),
] as const;
for (const verb of verbs) program.addCommand(verb);
for (const command of withSubcommands(program)) command.exitOverride().showHelpAfterError("(see --help)");

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

// Not awaited at the top level, which the CommonJS of a single executable does not have.
program.parseAsync().catch((error: unknown) => {
  process.exitCode = exitCodeOf(error);
});
