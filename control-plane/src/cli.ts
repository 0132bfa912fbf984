#!/usr/bin/env node
// The `expedite` command: each verb has a folder in commands/. A verb loads its modules when it runs, because the Kubernetes client takes
// half a second.
import { Command } from "commander";
import { exitCodeOf } from "./commands/command-line.ts";
import { diffCommand } from "./commands/diff/command.ts";
import { explainCommand } from "./commands/explain/command.ts";
import { nodeCommand } from "./commands/node/command.ts";
import { renderCommand } from "./commands/render/command.ts";
import { statusCommand } from "./commands/status/command.ts";
import { uninstallCommand } from "./commands/uninstall/command.ts";
import { version } from "./core/version.ts";

const program = new Command("expedite")
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

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
