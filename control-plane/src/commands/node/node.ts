// Applies, shows or removes a node program in a network namespace, and describes the result for people.
import { readFileSync } from "node:fs";
import { nodeScavenger } from "../../agent/scavenger.ts";
import { formatProblem, parse } from "../../api/parse.ts";
import type { Inactive } from "../../core/link-state.ts";
import { type AppliedLink, apply } from "../../node/apply.ts";
import { inNamespace, namespaces, type Run } from "../../node/namespace.ts";
import { type Observation, observe } from "../../node/observe.ts";
import { remove } from "../../node/remove.ts";
import { scavengerObject } from "../../node/scavenger-object.ts";
import { type NodeProgram, nodeProgram } from "../../render/node/node-program.ts";
import { textTable } from "../text-table.ts";
import { UserError } from "../user-error.ts";

export type NodeOptions = { readonly file: string; readonly netns?: string };

export async function nodeApply(options: NodeOptions): Promise<AppliedLink> {
  return accepted(options.file, await apply(namespace(options.netns), readProgram(options.file)));
}

export async function nodeShow(options: NodeOptions): Promise<Observation> {
  return accepted(options.file, await observe(namespace(options.netns), readProgram(options.file)));
}

export async function nodeRemove(
  options: Pick<NodeOptions, "netns">,
): Promise<{ readonly removed: readonly string[] }> {
  const removed = await remove(namespace(options.netns));
  if (options.netns !== undefined) return { removed };
  // It belongs to the machine, not to a namespace.
  const scavenger = nodeScavenger({ run: namespace(undefined), object: scavengerObject, retry: 0, now: () => 0 });
  const unloaded = await scavenger.remove();
  if (unloaded.problem !== undefined) throw new UserError([unloaded.problem.problem]);
  return { removed: [...removed, ...unloaded.removed] };
}

export function describeApplied({ link, device, changed, connectionsBefore }: AppliedLink): string {
  const before = connectionsBefore
    ? `\n${connectionsBefore} connections were accepted before: a rule marks their answers until they end`
    : "";
  return `${link} (${device}): ${changed.length === 0 ? "unchanged" : `changed: ${changed.join(", ")}`}${before}`;
}

export function describeRemoved({ removed }: { readonly removed: readonly string[] }): string {
  return removed.length === 0 ? "Expedite had set up nothing there" : `removed: ${removed.join(", ")}`;
}

export function describeObservation(seen: Observation): string {
  const rows = seen.levels.map((level) => [
    level.level,
    level.classid,
    String(level.dscp),
    rate(level.rate),
    rate(level.ceil),
    String(level.bytes),
    String(level.packets),
    String(level.drops),
  ]);
  const state = `${seen.qdisc}, leaf ${seen.leaf}, ${seen.inSync ? "in sync" : "NOT as the program says"}`;
  const reflect = `answers ${seen.tcpReflectTos ? "carry the mark of their connection" : "are NOT marked"}`;
  const header = ["level", "class", "dscp", "rate", "ceil", "bytes", "packets", "drops"];
  const cells = [header, ...rows].map((row) => row.map((text) => ({ text })));
  return [
    `${seen.link} (${seen.device}): ${state}; ${reflect}`,
    ...textTable(cells, { paint: (_, text) => text, numbersFrom: 2 }),
  ].join("\n");
}

function rate(bits: number): string {
  return bits >= 1e9 ? `${bits / 1e9}Gbit` : `${bits / 1e6}Mbit`;
}

function namespace(name: string | undefined): Run {
  const run = inNamespace(name);
  if (run === undefined) {
    const there = namespaces().join(", ") || "none";
    throw new UserError([`--netns: "${name}" is no network namespace; there are: ${there}`]);
  }
  return run;
}

function readProgram(file: string): NodeProgram {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError([`${file}: is not a node program: ${(error as Error).message}`]);
  }
  const parsed = parse(nodeProgram, value);
  if ("problems" in parsed) throw new UserError(parsed.problems.map((problem) => `${file}: ${formatProblem(problem)}`));
  return parsed.value;
}

function accepted<T extends object>(file: string, result: T | Inactive): T {
  if ("problem" in result) throw new UserError([`${file}: ${result.problem}`]);
  return result;
}
