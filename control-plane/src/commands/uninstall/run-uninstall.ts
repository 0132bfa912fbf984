// Runs `expedite uninstall`: shows the steps, asks for confirmation, runs them with their progress, and lists what is left.
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { Listr, type ListrTask } from "listr2";
import { type Cluster, connect } from "../../kube/cluster.ts";
import type { Kubeconfig } from "../../kube/kubeconfig.ts";
import { UserError } from "../user-error.ts";
import {
  findInstalled,
  type Installed,
  left,
  staysForOthers,
  type UninstallStep,
  uninstallSteps,
} from "./uninstall.ts";

export type UninstallOptions = Kubeconfig & {
  readonly namespace: string;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
};

/** @throws UserError if no one can be asked and --yes is missing */
export async function runUninstall(options: UninstallOptions): Promise<string> {
  const cluster = connect(options);
  const isAll = options.all === true;
  const found = await findInstalled(cluster, options.namespace);
  const steps = uninstallSteps(cluster, found, isAll);
  if (steps.length === 0) return rest("Nothing to remove.", found, isAll);
  console.log(announcement(cluster, steps, options.dryRun === true));
  if (options.dryRun === true) return rest("Nothing was changed.", found, isAll);
  if (options.yes !== true && !(await isConfirmed())) return "Nothing was changed.";
  await progress(steps);
  const after = await findInstalled(cluster, options.namespace);
  const remaining = uninstallSteps(cluster, after, isAll);
  if (remaining.length > 0)
    throw new UserError(
      remaining.map(({ title }) => `something is still there, run uninstall again: ${title.toLowerCase()}`),
    );
  const isLast = after.others.length === 0;
  const done = isLast ? "Expedite is gone from the mesh." : `The Expedite in namespace ${options.namespace} is gone.`;
  return rest(done, after, isAll);
}

function announcement(cluster: Cluster, steps: readonly UninstallStep[], isDry: boolean): string {
  const bold = (text: string): string => styleText("bold", text, { stream: process.stdout });
  const dim = (text: string): string => styleText("dim", text, { stream: process.stdout });
  const lines = steps.map(({ title }, index) => `  ${dim(`${index + 1}.`)} ${title}`);
  return [`${isDry ? "Would uninstall" : "Uninstalling"} from ${bold(cluster.name)}`, "", ...lines, ""].join("\n");
}

/** @throws whatever the failing step threw; later steps do not run */
async function progress(steps: readonly UninstallStep[]): Promise<void> {
  const tasks = steps.map(
    ({ title, run }): ListrTask => ({
      title,
      task: async (_, task) => {
        const outcome = await run();
        task.title = outcome.startsWith("removed") ? title : `${title}: ${outcome}`;
      },
    }),
  );
  await new Listr(tasks, { fallbackRenderer: "simple" }).run();
}

async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError(["there is no terminal to ask on; add --yes to go on, or --dry-run to see the steps"]);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question("Go on? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
}

function rest(head: string, found: Installed, isAll: boolean): string {
  const shared = staysForOthers(found);
  if (shared !== undefined) return [head, "", shared].join("\n");
  const stays = isAll ? [] : left(found);
  const lines = stays.map((line) => `  ${line}`);
  return stays.length === 0 ? head : [head, "", "Left as they are (--all removes them too):", ...lines].join("\n");
}
