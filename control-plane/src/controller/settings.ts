// Reads the controller's settings from flags and environment; a wrong value is an error with the variable's name and what is allowed.
import { hostname } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { defaultMeshConfig } from "../core/mesh-config.ts";
import { dnsLabel, dnsName, logLevels, option, port } from "../program/options.ts";

export type Settings = {
  readonly logLevel: (typeof logLevels)[number];
  readonly port: number;
  /** Where istiod runs; also Istio's root namespace if the mesh config names none. */
  readonly rootNamespace: string;
  /** The cluster's DNS domain; absent: that in the arguments of istiod's pods. */
  readonly clusterDomain?: string;
  /** Where the controller runs and has its Lease. */
  readonly namespace: string;
  readonly leaseName: string;
  /** This replica's name in the Lease. */
  readonly identity: string;
  /** Whether the first leader of an installation creates the PriorityLadder. */
  readonly createLadder: "true" | "false";
  /** If absent, the pod's own account, or outside a pod what kubectl would use. */
  readonly kubeconfig?: string;
};

/** @throws CommanderError after printing what is wrong to stderr; also for --help */
export function readSettings(argv: readonly string[]): Settings {
  return new Command("expedite-controller")
    .description("Configures the mesh as PriorityPolicies and the PriorityLadder say. One replica leads.")
    .addOption(
      option("--log-level <level>", "Log messages of this level and above.").choices(logLevels).default("info"),
    )
    .addOption(option("--port <port>", "Port for probes, metrics and the debug API.").argParser(port).default(8080))
    .addOption(
      option(
        "--root-namespace <name>",
        "Namespace of istiod, and Istio's root namespace where the mesh config names none.",
      )
        .argParser(dnsLabel)
        .default(defaultMeshConfig.rootNamespace),
    )
    .addOption(
      option(
        "--cluster-domain <name>",
        "DNS domain of the cluster, if it differs from the one that istiod's pods are started with.",
      ).argParser(dnsName),
    )
    .addOption(
      option("--namespace <name>", "Namespace of the controller and its Lease.")
        .argParser(dnsLabel)
        .default("istio-system"),
    )
    .addOption(
      option("--lease-name <name>", "Name of the Lease that the leader holds.").argParser(dnsLabel).default("expedite"),
    )
    .addOption(
      option("--identity <name>", "Name of this replica in the Lease.").argParser(identity).default(hostname()),
    )
    .addOption(
      option("--create-ladder <boolean>", "Whether the first leader creates a PriorityLadder in mode Observe.")
        .choices(["true", "false"])
        .default("true"),
    )
    .addOption(option("--kubeconfig <file>", "Kubeconfig file, for a controller outside the cluster."))
    .addHelpText("after", "\nA flag takes precedence over its environment variable.")
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv, { from: "user" })
    .opts<Settings>();
}

function identity(text: string): string {
  if (/^[\w.-]{1,253}$/.test(text)) return text;
  throw new InvalidArgumentError("Allowed: letters, digits, dot, dash and underscore, at most 253.");
}
