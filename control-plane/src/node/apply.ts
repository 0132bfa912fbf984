// Brings a device's queue in a network namespace to what one node program says, and returns what was changed; or why not, in which case
// nothing changed.
import type { Inactive } from "../core/link-state.ts";
import type { NodeProgram } from "../render/node/node-program.ts";
import { type Applied, applyNamespace } from "./apply-namespace.ts";
import { refusal } from "./changes.ts";
import type { Run } from "./namespace.ts";
import { queueOf } from "./queue.ts";
import { readNamespace } from "./read-namespace.ts";

export type AppliedLink = Applied & { readonly link: string; readonly device: string };

/** @throws Error if a command fails */
export async function apply(run: Run, program: NodeProgram): Promise<AppliedLink | Inactive> {
  const state = await readNamespace(run, [program]);
  const [found] = state.found;
  if (found === undefined || "problem" in found) return found!;
  const { device } = found;
  const refused = refusal(program, device, queueOf(state, device).root);
  if (refused !== undefined) return refused;
  const { links } = await applyNamespace(run, { links: [{ program, device }] }, { state, kernel: {} });
  const [result] = links;
  if (result === undefined || result instanceof Error) throw result;
  return { link: program.link, device, ...result };
}
