// What orders one device's queue, of what was read of its network namespace. Pure.
import { parseRules } from "./nft.ts";
import type { NamespaceState } from "./read-namespace.ts";
import type { HtbClass, Qdisc } from "./tc.ts";

export type Queue = {
  readonly root: Qdisc | undefined;
  readonly leaves: readonly Qdisc[];
  readonly classes: readonly HtbClass[];
  /** Undefined if the device has no chain of Expedite's, or one that it would not make. */
  readonly rules: readonly string[] | undefined;
  readonly reflectTos: string;
};

export function queueOf({ qdiscs, classes, table, reflectTos }: NamespaceState, device: string): Queue {
  const own = qdiscs.filter((qdisc) => qdisc.device === device);
  return {
    root: own.find(({ root }) => root),
    leaves: own.filter(({ parent }) => parent !== undefined),
    classes: classes.get(device) ?? [],
    rules: table === undefined ? undefined : parseRules(table, device),
    reflectTos,
  };
}
