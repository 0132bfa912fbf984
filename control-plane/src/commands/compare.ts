// In: objects of ours as they are and as they would be. Out: what differs, in the order in which the controller would write it. Pure.
import { type Step, stepLabel } from "../core/manifest.ts";
import type { StoredObject } from "../kube/preview.ts";
import { printable } from "./printable.ts";
import { unified } from "./unified.ts";

/** Absent: not there before, or not there after. */
export type Pair = { readonly before?: StoredObject; readonly after?: StoredObject };

export type ObjectDifference = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: "added" | "changed" | "removed";
  /** Its label; absent where somebody took it away. */
  readonly step?: Step;
  /** As diff -u writes it, without the lines that name the files. */
  readonly lines: readonly string[];
};

export function compare(pairs: readonly Pair[]): readonly ObjectDifference[] {
  return pairs
    .flatMap(differenceOf)
    .map((difference) => ({ difference, key: `${orderOf(difference)} ${titleOf(difference)}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ difference }) => difference);
}

/** `shop.EnvoyFilter.expedite-routes`, as render names its files. */
export const titleOf = ({ kind, namespace, name }: Pick<ObjectDifference, "kind" | "namespace" | "name">): string =>
  `${namespace}.${kind}.${name}`;

function differenceOf({ before, after }: Pair): readonly ObjectDifference[] {
  const object = after ?? before;
  const lines = unified(printable(before), printable(after));
  if (object === undefined || lines.length === 0) return [];
  const { namespace, name, labels = {} } = object.metadata;
  const step = labels[stepLabel] as Step | undefined;
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return [{ kind: object.kind, namespace, name, change, ...(step === undefined ? {} : { step }), lines }];
}

const order: Readonly<Record<Step, number>> = { filter: 1, node: 2, clusters: 3, routes: 4 };

/** Routes go before what they name goes, and come after it has come. */
function orderOf({ step, change }: ObjectDifference): number {
  if (step === "routes" && change === "removed") return 0;
  return step === undefined ? 1 : order[step];
}
