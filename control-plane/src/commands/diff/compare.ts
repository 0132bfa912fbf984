// Compares the objects that Expedite wrote as they are and as they would be, and lists the differences by name.
import type { StoredObject } from "../../kube/dry-run.ts";
import { printable } from "./printable.ts";
import { unified } from "./unified.ts";

/** Absent: not there before, or not there after. */
export type Pair = { readonly before?: StoredObject; readonly after?: StoredObject };

export type ObjectDifference = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: "added" | "changed" | "removed";
  /** As diff -u writes it, without the lines that name the files. */
  readonly lines: readonly string[];
};

export function compare(pairs: readonly Pair[]): readonly ObjectDifference[] {
  return pairs.flatMap(differenceOf).sort((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1));
}

/** `shop.EnvoyFilter.expedite-routes`, as render names its files. */
export const titleOf = ({ kind, namespace, name }: Pick<ObjectDifference, "kind" | "namespace" | "name">): string =>
  `${namespace}.${kind}.${name}`;

function differenceOf({ before, after }: Pair): readonly ObjectDifference[] {
  const object = after ?? before;
  const lines = unified(printable(before), printable(after));
  if (object === undefined || lines.length === 0) return [];
  const { namespace, name } = object.metadata;
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return [{ kind: object.kind, namespace, name, change, lines }];
}
