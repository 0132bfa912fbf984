// Provides what the verbs of the `expedite` command share: common options, output, and exit codes.
import { Command } from "commander";
import { defaultMeshConfig } from "../core/mesh-config.ts";
import { UserError } from "./user-error.ts";

/** The only fact about a mesh that none of its objects contains. */
export const clusterDomain = [
  "--cluster-domain <name>",
  "The cluster's DNS domain.",
  defaultMeshConfig.clusterDomain,
] as const;

export const controllerNamespace = ["--namespace <name>", "The controller's namespace.", "istio-system"] as const;

export function repeatable(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** A verb that talks to a cluster. */
export function clusterCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--kubeconfig <file>", "The kubeconfig file (default: the one that kubectl finds).")
    .option("--context <name>", "The context of the kubeconfig (default: the current one).");
}

/** Prints data to stdout, as JSON or as text. */
export function print(json: boolean | undefined, data: unknown, text: string): void {
  console.log(json ? JSON.stringify(data, null, 2) : text);
}

export function warn(warnings: readonly string[]): void {
  for (const warning of warnings) console.error(`warning: ${warning}`);
}

/** Prints to stderr what went wrong. @returns 0 done; 1 bad input or a failure; 2 wrong usage */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) {
    for (const problem of error.problems) console.error(`error: ${problem}`);
    return 1;
  }
  const { code, exitCode } = error as { readonly code?: unknown; readonly exitCode?: number };
  // Commander has printed its own message; it throws for --help too.
  if (typeof code === "string" && code.startsWith("commander.")) return exitCode === 0 ? 0 : 2;
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}
