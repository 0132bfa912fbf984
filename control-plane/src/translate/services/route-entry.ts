// Defines one route of a user's object as proxies identify it, with what it does; and what routes of both APIs have in common.
import type { PathMatch, RouteAction } from "../../core/plan.ts";
import type { ObjectRef } from "../../core/verdict.ts";
import type { Finding } from "../finding.ts";

export type RouteEntry = {
  readonly on: ObjectRef;
  /** By which proxies identify it (filter/config/route-list.ts): one for each gateway and host. */
  readonly identities: readonly string[];
  /** The field that distinguishes it from the object's other routes. */
  readonly nameField: Finding["field"];
  /** Full names of the hosts that it leads to. */
  readonly to: readonly string[];
  /** Whether some of its requests lead to a host with connections by level, so that anything that keeps them together is reported. */
  readonly isWanted: boolean;
  /** What it does if a shared route can do the same, otherwise the finding. */
  readonly does: RouteAction | Finding;
};

export const isFinding = (does: RouteEntry["does"]): does is Finding => "reason" in does;

/** Names of the fields that have a value and are not among those in `read`. */
export function unreadFields(value: Readonly<Record<string, unknown>>, read: readonly string[]): readonly string[] {
  return Object.keys(value).filter((key) => !read.includes(key) && isSaid(value[key]));
}

export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** The end of a message about a field that no shared route can replicate. `of`: rule or route. */
export function sharesConnections(of: string): string {
  return `makes all requests of this ${of} share connections, whatever their level; remove the field to prioritise them`;
}

export function readsLevel(header: string): string {
  return `matches on ${header}, which carries the level, so requests of this host share connections; match on something else`;
}

/**
 * @param paths of a route's matches; undefined: one that no shared route can match by. None: any path. @returns undefined if they differ
 */
export function onlyPath(paths: readonly (PathMatch | undefined)[]): PathMatch | undefined {
  const [first = { type: "Prefix", value: "/" } as const] = paths;
  return paths.every((path) => JSON.stringify(path) === JSON.stringify(first)) ? first : undefined;
}
