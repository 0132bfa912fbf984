#!/usr/bin/env node
// The `expedite` command: arguments in, calls of commands/ out; prints what they return. Wiring only.
import { Command, Option } from "commander";
import type { DiffOptions } from "./commands/diff/diff.ts";
import { type ExplainOptions, explainRequest } from "./commands/explain/explain-request.ts";
import { text } from "./commands/explain/explanation/text.ts";
import {
  describeApplied,
  describeObservation,
  describeRemoved,
  type NodeOptions,
  nodeApply,
  nodeObserve,
  nodeRemove,
} from "./commands/node/node.ts";
import { type RenderOptions, render } from "./commands/render/render.ts";
import type { StatusOptions } from "./commands/status/status.ts";
import type { UninstallOptions } from "./commands/uninstall/run-uninstall.ts";
import { UserError } from "./commands/user-error.ts";

/** Of the facts of a mesh the one that no file of it has. */
const clusterDomain = ["--cluster-domain <name>", "The cluster's DNS domain.", "cluster.local"] as const;

const netns = ["--netns <name>", "A network namespace of ip-netns(8) (default: the current one)."] as const;

const examples = `
Examples:
  expedite explain -f policy.yaml --path /export/all
  expedite explain -f policies/ --host shop.example --header 'user-agent: somebot/1.0'
  expedite explain -f policies/ --policy shop/cart --principal cluster.local/ns/jobs/sa/nightly --json
  expedite explain -f policy.yaml --claim plan=free --claim 'groups=["staff"]'`;

const program = new Command("expedite")
  .description("Carries a request's priority from the edge of a mesh down to the packet queue.")
  .exitOverride()
  .showHelpAfterError("(add --help for what is allowed)");

program
  .command("render")
  .description("Render PriorityLadder and PriorityPolicy, with the objects they refer to, for proxies or links.")
  .requiredOption(
    "-f, --file <path>",
    "A YAML or JSON file or a folder of them; may repeat. A ConfigMap istio in it has the mesh config.",
    append,
  )
  .addOption(
    new Option(
      "--target <target>",
      "envoy: one bootstrap per pod. istio: the objects that the controller would write. node: one program per link.",
    )
      .choices(["envoy", "istio", "node"])
      .makeOptionMandatory(),
  )
  .requiredOption(
    "-o, --output <folder>",
    "Where to write <namespace>.<pod>.json, <object>.yaml or <link>.<namespace>.<pod>.json.",
  )
  .option("--filter <path>", "The Wasm module, as Envoy finds it (default: the one built here).")
  .option(...clusterDomain)
  .option("--namespace <name>", "Of the controller; istio puts the node programs there (default: istio-system).")
  .option("--json", "Print the files written and the warnings as JSON.")
  .action((options: RenderOptions & { json?: boolean }) => {
    const rendered = render(options);
    for (const warning of rendered.warnings) console.error(`warning: ${warning}`);
    print(options.json, rendered, rendered.files.join("\n"));
  });

program
  .command("explain")
  .description("Say which level a request gets, by which rule, and why the rules before it do not match.")
  .requiredOption("-f, --file <path>", "A YAML file or a folder of them, as for render; may repeat.", append)
  .option("--method <method>", "Of the request.", "GET")
  .option("--path <path>", "Its path, with the query.", "/")
  .option("--host <host>", "Its host (default: the policy's own, or localhost).")
  .option("--header <name: value>", "One of its headers; may repeat.", append)
  .option("--principal <id>", "The SPIFFE id of the peer's certificate (default: no certificate).")
  .option("--claim <name=value>", "A claim of its verified token, the value as JSON or text; may repeat.", append)
  .option("--policy <namespace/name>", "Where the policy is in force (default: as the host says).")
  .option("--filter <path>", "The Wasm module that answers (default: the one built here).")
  .option(...clusterDomain)
  .option("--json", "Print the explanation as JSON.")
  .addHelpText("after", examples)
  .action((options: ExplainOptions & { json?: boolean }) => {
    const explanation = explainRequest(options);
    print(options.json, explanation, text(explanation, process.stdout));
  });

// The client for Kubernetes takes half a second to load: only those who use it wait for it.
clusterCommand("status", "Say what is in force: policies with their conditions, and each namespace's proxies.")
  .option("--controller <url>", "Of a controller that runs outside of the cluster.")
  .option("--json", "Print the status as JSON.")
  .addHelpText("after", "\nExit code: 0 all policies are in force in all proxies, 1 not all, or not known.")
  .action(async (options: StatusOptions & { json?: boolean }) => {
    const [{ runStatus }, { statusText }] = await Promise.all([
      import("./commands/status/status.ts"),
      import("./commands/status/text.ts"),
    ]);
    const status = await runStatus(options);
    print(options.json, status, statusText(status, process.stdout));
    process.exitCode = status.isProgrammed ? 0 : 1;
  });

clusterCommand("diff", "Show what the controller would change in the cluster; changes nothing.")
  .option(
    "-f, --file <path>",
    "A YAML file or a folder, as for render; may repeat (default: the cluster's own).",
    append,
  )
  .option("--filter <path>", "The Wasm module (default: the one built here).")
  .option("--json", "Print the differences and the warnings as JSON.")
  .addHelpText("after", "\nExit code: 0 nothing differs, 1 something does, 2 a failure.")
  .action(async (options: DiffOptions & { json?: boolean }) => {
    try {
      const [{ runDiff }, { diffText }] = await Promise.all([
        import("./commands/diff/diff.ts"),
        import("./commands/diff/text.ts"),
      ]);
      const diff = await runDiff(options);
      for (const warning of diff.warnings) console.error(`warning: ${warning}`);
      if (options.json === true || !diff.isSame) print(options.json, diff, diffText(diff, process.stdout));
      process.exitCode = diff.isSame ? 0 : 1;
    } catch (error) {
      exitCode(error);
      process.exitCode = 2;
    }
  });

clusterCommand("uninstall", "Take everything of ours out of the mesh, in an order that costs no request.")
  .option("--all", "Also the kinds, and with them every PriorityPolicy and the PriorityLadder.")
  .option("--yes", "Do not ask.")
  .option("--dry-run", "Say what would be done.")
  .action(async (options: UninstallOptions) => {
    const { runUninstall } = await import("./commands/uninstall/run-uninstall.ts");
    console.log(await runUninstall(options));
  });

const node = program.command("node").description("Order the queue of one link, as its program says.");

nodeCommand("apply", "Set classes, marks and answers; look first, change only what differs, read back.").action(
  async (options: NodeOptions & { json?: boolean }) => {
    const applied = await nodeApply(options);
    print(options.json, applied, describeApplied(applied));
  },
);

nodeCommand("observe", "Say what each level's class did, and whether all is as the program says.")
  .action(async (options: NodeOptions & { json?: boolean }) => {
    const seen = await nodeObserve(options);
    print(options.json, seen, describeObservation(seen));
  })
  .alias("show");

node
  .command("remove")
  .description("Remove everything of ours from a network namespace; foreign queues and rules stay.")
  .option(...netns)
  .option("--json", "Print the result as JSON.")
  .action(async (options: NodeOptions & { json?: boolean }) => {
    const removed = await nodeRemove(options);
    print(options.json, removed, describeRemoved(removed));
  });

function clusterCommand(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--kubeconfig <file>", "Default: as kubectl finds it.")
    .option("--context <name>", "Of the kubeconfig (default: its current one).")
    .option("--namespace <name>", "Of the controller.", "istio-system");
}

function nodeCommand(name: string, description: string): Command {
  return node
    .command(name)
    .description(description)
    .requiredOption("-f, --file <program>", "A node program, as render --target node writes it.")
    .option(...netns)
    .option("--json", "Print the result as JSON.");
}

function append(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function print(json: boolean | undefined, data: unknown, text: string): void {
  console.log(json ? JSON.stringify(data, null, 2) : text);
}

/** Says what went wrong. 0 done; 1 bad input or a failure; 2 wrong usage. */
function exitCode(error: unknown): number {
  if (error instanceof UserError) {
    for (const problem of error.problems) console.error(`error: ${problem}`);
    return 1;
  }
  const { code, exitCode: commanderExit } = error as { readonly code?: unknown; readonly exitCode?: number };
  // Commander has printed its own message, and throws for --help too.
  if (typeof code === "string" && code.startsWith("commander.")) return commanderExit === 0 ? 0 : 2;
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
}
