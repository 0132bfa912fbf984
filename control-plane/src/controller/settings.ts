// In: flags and environment of the controller. Out: its settings, or an error that names the variable and what is allowed.
import { hostname } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";

export const logLevels = ["debug", "info", "warn", "error"] as const;

export type Settings = {
  readonly logLevel: (typeof logLevels)[number];
  readonly port: number;
  /** Where istiod is looked for. */
  readonly rootNamespace: string;
  /** The cluster's DNS domain; absent: as istiod's pods say it. */
  readonly clusterDomain?: string;
  /** Of the controller itself: its Lease is there. */
  readonly namespace: string;
  readonly leaseName: string;
  /** Of this replica, in the Lease. */
  readonly identity: string;
  /** Absent: the pod's own account, else as kubectl finds it. */
  readonly kubeconfig?: string;
};

/** @throws CommanderError, after it has said on stderr what is wrong; also for --help. */
export function readSettings(argv: readonly string[]): Settings {
  return new Command("expedite-controller")
    .description("Turns PriorityPolicy and PriorityLadder into configuration of the mesh. One replica leads.")
    .addOption(option("--log-level <level>", "Least level that is logged.").choices(logLevels).default("info"))
    .addOption(option("--port <port>", "Of probes, metrics and debug API.").argParser(port).default(8080))
    .addOption(
      option("--root-namespace <name>", "Where istiod is looked for.").argParser(dnsLabel).default("istio-system"),
    )
    .addOption(
      option("--cluster-domain <name>", "The cluster's DNS domain, where it is not what istiod's pods say.").argParser(
        dnsName,
      ),
    )
    .addOption(option("--namespace <name>", "Of the pod and its Lease.").argParser(dnsLabel).default("istio-system"))
    .addOption(option("--lease-name <name>", "Of the Lease of the leader.").argParser(dnsLabel).default("expedite"))
    .addOption(option("--identity <name>", "Of this replica in the Lease.").argParser(identity).default(hostname()))
    .addOption(option("--kubeconfig <file>", "For a controller outside of the cluster."))
    .addHelpText("after", "\nA flag wins over its variable.")
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv, { from: "user" })
    .opts<Settings>();
}

/** `--log-level` is EXPEDITE_LOG_LEVEL. */
function option(flags: string, description: string): Option {
  const variable = flags.split(" ")[0]!.slice(2).replaceAll("-", "_").toUpperCase();
  return new Option(flags, description).env(`EXPEDITE_${variable}`);
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError("Allowed: 1 to 65535, or 0 for any that is free.");
}

function dnsLabel(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError("Allowed: a lower-case DNS label of at most 63 characters.");
}

function dnsName(text: string): string {
  if (text.length <= 253 && text.split(".").every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label)))
    return text;
  throw new InvalidArgumentError("Allowed: lower-case DNS labels with dots between, at most 253 characters.");
}

function identity(text: string): string {
  if (/^[\w.-]{1,253}$/.test(text)) return text;
  throw new InvalidArgumentError("Allowed: letters, digits, dot, dash and underscore, at most 253.");
}
