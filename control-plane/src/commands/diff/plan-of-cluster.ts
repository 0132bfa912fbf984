// Makes a plan of the policies in a cluster and everything that they refer to, read as the controller reads it.
import { setTimeout as sleep } from "node:timers/promises";
import { formatProblem } from "../../api/parse.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { Plan } from "../../core/plan.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { ApiServer } from "../../kube/api-server.ts";
import { collectionPath, resources } from "../../kube/resources.ts";
import { watchKubernetes } from "../../kube/watch-cache.ts";
import { translate } from "../../translate/translate.ts";
import { UserError } from "../user-error.ts";

const longestMillis = 60_000;

/**
 * `plan` is undefined if there is no ladder and the controller would remove everything.
 * @throws UserError when the ladder can't be read; Error when the server refuses, or something is not listed within a minute
 */
export async function planOfCluster(
  server: ApiServer,
  config: MeshConfig,
): Promise<{ readonly plan?: Plan; readonly warnings: readonly string[] }> {
  // The reflectors would retry forever, but an unreachable or refusing server is reported at once.
  const path = `${collectionPath(resources.ladders)}?limit=1`;
  await server.read({ method: "GET", path, signal: AbortSignal.timeout(10_000) });
  const mesh = () => ({ config, revision: 0 });
  const kubernetes = watchKubernetes({ server, mesh, changed: () => {} });
  try {
    const deadline = Date.now() + longestMillis;
    for (let world = kubernetes.cacheState(); ; world = kubernetes.cacheState()) {
      if (world?.undecided !== undefined) throw new UserError([world.undecided]);
      if (world !== undefined) {
        const problems = world.problems.map(lineOf);
        const isLadderThere = world.policies.some(({ ref }) => ref.kind === "PriorityLadder" && ref.name === "default");
        if (world.snapshot === undefined && isLadderThere) throw new UserError(problems);
        if (world.snapshot === undefined)
          return {
            warnings: [
              ...problems,
              "there is no PriorityLadder named default, so the controller would remove everything that it wrote",
            ],
          };
        const { plan, verdicts } = translate(world.snapshot);
        return { plan, warnings: [...problems, ...verdicts.map(lineOf)] };
      }
      if (Date.now() > deadline) throw new Error(`not listed in ${longestMillis / 1000} s: ${unlisted(kubernetes)}`);
      await sleep(20);
    }
  } finally {
    await kubernetes.stop();
  }
}

function unlisted({ reflectors }: ReturnType<typeof watchKubernetes>): string {
  const waiting = Object.entries(reflectors()).filter(([, { relists }]) => relists === 0);
  return `${waiting.map(([kind]) => kind).join(", ")}; may you list them in every namespace?`;
}

function lineOf({ on: { kind, namespace, name }, field, message, reason }: Verdict): string {
  const object = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  return `${object}: ${formatProblem({ path: field, value: undefined, message })} (${reason})`;
}
