// The command line of `expedite node`.
import { Command } from "commander";
import { namespacesFolder } from "../../node/namespace.ts";
import { print, repeatable } from "../command-line.ts";
import type { NodeOptions } from "./node.ts";
import type { ObserveOptions } from "./observe.ts";
import type { ReconcileOptions } from "./reconcile.ts";

type Options = NodeOptions & { json?: boolean };
type ScavengerOptions = { readonly file?: string; readonly json?: boolean };

const folder = ["--namespaces <folder>", "The folder with the network namespaces of pods.", namespacesFolder] as const;
const object = [
  "--scavenger <object>",
  "The scavenger's BPF object (default: the one that came with this command).",
] as const;
const netns = ["--netns <name>", "A network namespace of ip-netns(8) (default: the current one)."] as const;

export function nodeCommand(): Command {
  const node = new Command("node").description(
    "Show what the agent of this node would change; order the queue of one link by its node program; load the scavenger.",
  );
  node.addCommand(
    linkCommand("apply", "Apply a program: read the link, change only what differs, and read it back.").action(
      async (options: Options) => {
        const { describeApplied, nodeApply } = await import("./node.ts");
        const applied = await nodeApply(options);
        print(options.json, applied, describeApplied(applied));
      },
    ),
  );
  node.addCommand(
    linkCommand("show", "Show what each level's class has sent, and whether the link is as its program says.").action(
      async (options: Options) => {
        const { describeObservation, nodeShow } = await import("./node.ts");
        const observation = await nodeShow(options);
        print(options.json, observation, describeObservation(observation));
      },
    ),
  );
  node.addCommand(observeCommand());
  node
    .command("remove")
    .description(
      "Remove what Expedite set up in a network namespace; other queues and rules stay. Without --netns, the scavenger too.",
    )
    .option(...netns)
    .option("--json", "Print the result as JSON.")
    .action(async (options: Options) => {
      const { describeRemoved, nodeRemove } = await import("./node.ts");
      const removed = await nodeRemove(options);
      print(options.json, removed, describeRemoved(removed));
    });
  node
    .command("reconcile")
    .description(
      "Do once what the node's agent does: order the links and mark the pods of files of Kubernetes objects, in the network namespaces that have the pods' addresses.",
    )
    .requiredOption("-f, --file <path>", "A YAML or JSON file, or a folder of them; repeatable.", repeatable)
    .option(...folder)
    .option(...object)
    .option("--json", "Print the report as JSON.")
    .action(async ({ json, ...options }: ReconcileOptions & { json?: boolean }) => {
      const { describeReport, nodeReconcile } = await import("./reconcile.ts");
      const report = await nodeReconcile(options);
      print(json, report, describeReport(report));
    });
  node
    .command("release")
    .description("Undo reconcile: remove what Expedite set up in all network namespaces, and the scavenger.")
    .option(...folder)
    .option(...object)
    .option("--json", "Print the report as JSON.")
    .action(async ({ json, ...options }: Omit<ReconcileOptions, "file"> & { json?: boolean }) => {
      const { describeReport, nodeRelease } = await import("./reconcile.ts");
      const report = await nodeRelease(options);
      print(json, report, describeReport(report) || "Expedite had set up nothing there");
    });
  node.addCommand(
    scavengerCommand(
      "load-scavenger",
      "Load the scavenger into this machine's kernel, or replace another version of it.",
    ).action(async (options: ScavengerOptions) => {
      const { load } = await import("./scavenger.ts");
      const loaded = await load(options.file);
      print(options.json, loaded, `loaded: sockets may ask for the congestion control ${loaded.loaded}`);
    }),
  );
  node.addCommand(
    scavengerCommand(
      "remove-scavenger",
      "Remove the scavenger; connections that use it keep it until they end.",
    ).action(async (options: ScavengerOptions) => {
      const [{ unload }, { describeRemoved }] = await Promise.all([import("./scavenger.ts"), import("./node.ts")]);
      const removed = await unload(options.file);
      print(options.json, removed, describeRemoved(removed));
    }),
  );
  return node;
}

function observeCommand(): Command {
  return new Command("observe")
    .description("Show what the agent would change on this node, for all of its links and pods. Nothing is changed.")
    .requiredOption("--node <name>", "The name of this node in the cluster.")
    .option(
      "-f, --file <path>",
      "A YAML or JSON file with the PriorityLadder, the Node and the pods, or a folder of them; repeatable (default: what the cluster has).",
      repeatable,
    )
    .option(...object)
    .option("--kubeconfig <file>", "The kubeconfig file (default: the pod's account, or the one that kubectl finds).")
    .option("--namespaces <folder>", "The folder of the pods' network namespaces.", namespacesFolder)
    .option("--enforce", "Show what would be done if the ladder's mode were Enforce.")
    .option("--json", "Print the result as JSON.")
    .addHelpText(
      "after",
      "\nRun it in the network namespace of the node, with the rights of the agent: in the agent's pod, or as root on the node.",
    )
    .action(async (options: ObserveOptions & { json?: boolean }) => {
      const { describePlan, nodeObserve } = await import("./observe.ts");
      const plan = await nodeObserve(options);
      print(options.json, plan, describePlan(plan));
    });
}

function scavengerCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("-f, --file <object>", "The scavenger's BPF object (default: the one that came with this command).")
    .option("--json", "Print the result as JSON.");
}

function linkCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption("-f, --file <program>", "A node program, as render --target node writes it.")
    .option(...netns)
    .option("--json", "Print the result as JSON.");
}
