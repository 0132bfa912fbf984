// In: a mesh. Out: every difference that Expedite makes where it must make none, as Istio's own generator says.

import { declared } from "./checks/declared.ts";
import { levelClusters } from "./checks/level-clusters.ts";
import { onlyAdds } from "./checks/only-adds.ts";
import { sameAction } from "./checks/same-action.ts";
import type { Difference } from "./differences.ts";
import type { Generator } from "./generator.ts";
import { isExpedites, type Mesh, proxiesOf } from "./mesh/mesh.ts";
import { type Ours, oursFor } from "./ours.ts";
import type { Thing } from "./protocol.ts";
import { withDefaults } from "./served.ts";
import { generationsOf } from "./world.ts";

export type Judgement = {
  readonly differences: readonly Difference[];
  /** Level clusters that proven requests take, and those that are missing. */
  readonly found: number;
  readonly missing: number;
  readonly proxies: number;
};

/** What the proxies say their version is. */
const versions = { "1.31": "1.31.0", "1.30": "1.30.3" };

export async function judge(
  generator: Generator,
  istio: keyof typeof versions,
  mesh: Mesh,
  changed?: readonly Thing[],
): Promise<Judgement> {
  const ours = oursFor(mesh);
  const now = await judgeObjects(generator, istio, mesh, ours);
  if (changed === undefined) return now;
  // (e) The users' objects changed, ours did not yet.
  const stale = await judgeObjects(generator, istio, { ...mesh, objects: changed }, ours, true);
  const differences = stale.differences.map((one) => ({ ...one, check: `e: stale, ${one.check}` }));
  return { ...now, differences: [...now.differences, ...differences] };
}

async function judgeObjects(
  generator: Generator,
  istio: keyof typeof versions,
  mesh: Mesh,
  { destinationRules, envoyFilters, header }: Ours,
  isStale = false,
): Promise<Judgement> {
  const proxies = proxiesOf(mesh, versions[istio]);
  const objects = mesh.objects.filter((one) => !isExpedites(one)).map(withDefaults);
  const steps = [destinationRules, envoyFilters];
  const answer = await generator.ask({ mesh: mesh.meshConfig, objects, steps, proxies });
  if (answer.error !== undefined) throw new Error(answer.error);
  const [without, withRules, withAll] = generationsOf(answer);
  const taken = isStale ? { differences: [], found: 0, missing: 0 } : levelClusters(withAll!);
  return {
    differences: [
      ...(answer.refused ?? []).map((reason): Difference => ({ check: "refused by Istio", path: reason })),
      ...onlyAdds("f: subset rules", without!, withRules!, header),
      ...onlyAdds("a: only adds", without!, withAll!, header),
      ...(isStale ? [] : sameAction(withAll!)),
      ...taken.differences,
      ...declared(withAll!),
    ],
    ...{ found: taken.found, missing: taken.missing, proxies: proxies.length },
  };
}
