// Compares the objects that Expedite wrote with what they would become, and lists the differences by name.
import type { StoredObject } from "../../kube/dry-run.ts";
import { printable } from "./printable.ts";
import { unified } from "./unified.ts";

/** `before` or `after` is absent if the object does not exist then. */
export type Pair = { readonly before?: StoredObject; readonly after?: StoredObject };

export type ObjectDifference = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: "added" | "changed" | "removed";
  /** In the form of diff -u, without the lines that name the files. */
  readonly lines: readonly string[];
};

export function compare(pairs: readonly Pair[]): readonly ObjectDifference[] {
  return pairs.flatMap(differenceOf).sort((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1));
}

/** `shop.EnvoyFilter.expedite-routes`, like the files that render writes. */
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
