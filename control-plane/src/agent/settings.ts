// Reads the agent's settings from flags and environment; a wrong value is an error with the variable's name and what is allowed.
import { Command, InvalidArgumentError } from "commander";
import { namespacesFolder } from "../node/namespace.ts";
import { scavengerObject } from "../node/scavenger-object.ts";
import { logLevels, option, port } from "../program/options.ts";

export type Settings = {
  readonly node: string;
  /** The folder in which the container runtime keeps the network namespaces of pods. */
  readonly namespaces: string;
  /** The scavenger's BPF object. */
  readonly scavenger: string;
  /** Seconds. */
  readonly interval: number;
  readonly port: number;
  readonly logLevel: (typeof logLevels)[number];
  /** If absent, the pod's own account, or outside a pod what kubectl would use. */
  readonly kubeconfig?: string;
};

/** @throws CommanderError after printing what is wrong to stderr; also for --help */
export function readSettings(argv: readonly string[]): Settings {
  return new Command("expedite-agent")
    .description("Orders the queues of a node's links and marks the packets of its pods, as the PriorityLadder says.")
    .addOption(
      option("--node <name>", "Name of the node that the agent runs on.")
        .env("NODE_NAME")
        .argParser(nodeName)
        .makeOptionMandatory(),
    )
    .addOption(
      option("--namespaces <folder>", "Folder in which the container runtime keeps the network namespaces of pods.")
        .argParser(folder)
        .default(namespacesFolder),
    )
    .addOption(
      option("--scavenger <object>", "The scavenger's BPF object, which is loaded while a level asks for it.")
        .argParser(folder)
        .default(scavengerObject),
    )
    .addOption(
      option(
        "--interval <seconds>",
        "Seconds between two searches for changes that others made on the node. Of pods in which all was in order, 22 are searched each time, so that it takes five times with 110 pods or more.",
      )
        .argParser(seconds)
        .default(60),
    )
    .addOption(
      option("--port <port>", "Port for probes and metrics, on the node's addresses.").argParser(port).default(9874),
    )
    .addOption(
      option("--log-level <level>", "Log messages of this level and above.").choices(logLevels).default("info"),
    )
    .addOption(option("--kubeconfig <file>", "Kubeconfig file, for an agent outside the cluster."))
    .addHelpText("after", "\nA flag takes precedence over its environment variable.")
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv, { from: "user" })
    .opts<Settings>();
}

function nodeName(text: string): string {
  if (/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError("Allowed: the name of a Node, which is a lower-case DNS name.");
}

function folder(text: string): string {
  if (text.startsWith("/")) return text;
  throw new InvalidArgumentError("Allowed: an absolute path.");
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 3600) return value;
  throw new InvalidArgumentError("Allowed: 1 to 3600.");
}
