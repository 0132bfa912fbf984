// Minimises a mesh that fails and describes it: the least mesh that fails the same check as YAML, where the two differ, and how to repeat
// it.

import type { Compare } from "./compare.ts";
import type { Difference } from "./differences.ts";
import type { IstioVersion } from "./istio-versions.ts";
import { textOf } from "./mesh/files.ts";
import { minimise, type Trial } from "./minimise.ts";

export type Failure = {
  /** The seed of the mesh, or the folder's name. */
  readonly name: string;
  readonly istio: IstioVersion;
  readonly differences: readonly Difference[];
  readonly least?: Trial;
};

/** Differences of the check that failed first, in the least mesh that has any. */
export async function leastOf(compare: Compare, failure: Failure, trial: Trial): Promise<Failure> {
  const check = failure.differences[0]!.check;
  const ofCheck = async (tried: Trial): Promise<readonly Difference[]> => {
    try {
      const { differences } = await compare(tried);
      return differences.filter((one) => one.check === check);
    } catch {
      return []; // a mesh that can't be checked any more fails in another way
    }
  };
  const least = await minimise(trial, async (tried) => (await ofCheck(tried)).length > 0);
  const differences = await ofCheck(least);
  // A failure that can't be repeated is shown as it was.
  return differences.length === 0 ? failure : { ...failure, least, differences };
}

const shown = 5;

export function describe({ name, istio, differences, least }: Failure): string {
  const text = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 400));
  const lines = differences
    .slice(0, shown)
    .flatMap((one) => [
      `${one.check}: ${one.path}`,
      `  without Expedite: ${text(one.without)}`,
      `  with Expedite:    ${text(one.with)}`,
    ]);
  const more = differences.length > shown ? [`and ${differences.length - shown} more`] : [];
  const changed =
    least?.changed === undefined ? [] : ["# then changed to:", textOf({ ...least.mesh, objects: least.changed })];
  return [
    `✗ ${name} (Istio ${istio})`,
    ...lines,
    ...more,
    ...(least === undefined ? [] : ["---", textOf(least.mesh), ...changed]),
  ].join("\n");
}
