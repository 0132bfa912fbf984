// Calls the command `expedite` as any user would, to render proxy configurations and node programs.
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { command } from "../../process/command.ts";
import { applications, namespace, netnsOf, type Pod, shapedPods } from "./topology.ts";

const cli = resolve(import.meta.dirname, "../../../control-plane/src/cli.ts");

const expedite = (args: readonly string[]): Promise<string> => command(process.execPath, [cli, ...args]);

/** The node program of one pod, as `render --target node` names it: after the link, the namespace and the pod. */
const program = (folder: string, pod: Pod): string => join(folder, `${pod.app}.${namespace}.${pod.name}.json`);

const shaped = (): readonly Pod[] => applications.filter((pod) => shapedPods.includes(pod.name));

/** @returns each proxy's bootstrap by pod name. @throws CommandError with the command's output */
export async function renderProxies(
  manifests: string,
  folder: string,
  pods: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  mkdirSync(folder, { recursive: true });
  const filter = process.env.EXPEDITE_FILTER;
  const args = filter === undefined ? [] : ["--filter", filter];
  await expedite(["render", "-f", manifests, "--target", "envoy", "-o", folder, ...args]);
  return new Map(pods.map((pod) => [pod, JSON.parse(readFileSync(join(folder, `${namespace}.${pod}.json`), "utf8"))]));
}

/** Renders the node programs into a folder. @throws CommandError */
export async function renderNodePrograms(manifests: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await expedite(["render", "-f", manifests, "--target", "node", "-o", folder]);
}

const report = z.object({
  links: z.array(z.looseObject({ link: z.string(), problem: z.string().optional() })),
  pods: z.array(z.looseObject({ pod: z.string(), problem: z.string().optional() })),
  problems: z.array(z.looseObject({ problem: z.string() })),
  scavenger: z.object({ algorithm: z.string().optional(), problem: z.string().optional() }).optional(),
});
type Report = z.infer<typeof report>;

/**
 * Has an agent's reconcile order the queues, mark the pods and load the scavenger.
 * @throws CommandError, or an Error that says what the agent could not do
 */
export async function reconcileNode(manifests: string): Promise<Report> {
  const found = report.parse(JSON.parse(await expedite(["node", "reconcile", "-f", manifests, "--json"])));
  const { links, pods, problems, scavenger } = found;
  const wrong = [...links, ...pods, ...problems, scavenger].find((state) => state?.problem !== undefined);
  if (wrong !== undefined) throw new Error(`the agent's reconcile: ${JSON.stringify(wrong)}`);
  return found;
}

/** Has it remove all of that again. @throws CommandError */
export async function releaseNode(): Promise<void> {
  await expedite(["node", "release"]);
}

/** Tries to load the scavenger. @returns why this machine does not; undefined: it did, and it is removed again */
export async function missingScavenger(): Promise<string | undefined> {
  try {
    await expedite(["node", "load-scavenger"]);
    await expedite(["node", "remove-scavenger"]);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^.*?error: /s, "").split("\n")[0];
  }
}

const observation = z.object({
  leaf: z.string(),
  inSync: z.boolean(),
  levels: z.array(z.object({ level: z.string(), bytes: z.number(), packets: z.number(), drops: z.number() })),
});
export type Observation = z.infer<typeof observation>;

/** The counters of the node programs' classes, by pod name. @throws CommandError */
export async function observeNodePrograms(folder: string): Promise<Readonly<Record<string, Observation>>> {
  const one = async (pod: Pod) => {
    const args = ["node", "show", "-f", program(folder, pod), "--netns", netnsOf(pod.name), "--json"];
    return [pod.name, observation.parse(JSON.parse(await expedite(args)))] as const;
  };
  return Object.fromEntries(await Promise.all(shaped().map(one)));
}
