// Lists the users' routes that a shared route can replace, grouped by what they do, and reports why requests of the others share
// connections.
import {
  maxIdentityBytes,
  maxListedRoutes,
  maxRouteListBytes,
  maxVariants,
} from "@expedite/filter/config/route-list.ts";
import type { RouteAction, RouteVariant, Routing } from "../../core/plan.ts";
import type { Verdict } from "../../core/verdict.ts";
import { isFinding, type RouteEntry } from "./route-entry.ts";

export type ListedRoutes = { readonly variants: readonly RouteVariant[]; readonly verdicts: readonly Verdict[] };

/** No shared routes: every request takes the connections that it has without levels. */
export const noRouting: Routing = { ports: [], sniffed: [], variants: [], dedicated: [] };

/** Envoy tries this many shared routes in each virtual host for a request with the filter's header. */
const maxSharedVariants = 16;
/** Bytes of the filter's list that are not identities of routes: names of variants, brackets. */
const overhead = 16_384;

/** Proxies can't distinguish routes with the same identity, so these are listed together or not at all. */
export function listedRoutes(entries: readonly RouteEntry[], excludedHosts: readonly string[]): ListedRoutes {
  const byIdentity = new Map<string, RouteEntry[]>();
  for (const entry of entries)
    for (const identity of entry.identities) {
      const there = byIdentity.get(identity);
      if (there === undefined) byIdentity.set(identity, [entry]);
      else if (!there.includes(entry)) there.push(entry);
    }
  const keyOf = ({ does }: RouteEntry): string => JSON.stringify(does);
  const variants = new Map<string, { readonly action: RouteAction; readonly routes: string[] }>();
  const unlike = new Set<RouteEntry>();
  for (const [identity, same] of byIdentity) {
    if (isTooLong(identity)) continue;
    const [first] = same;
    if (same.some(({ does }) => isFinding(does)) || same.some((entry) => keyOf(entry) !== keyOf(first!))) {
      for (const entry of same) unlike.add(entry);
      continue;
    }
    if (!same.some(({ isWanted }) => isWanted)) continue;
    const key = keyOf(first!);
    const there = variants.get(key);
    if (there === undefined) variants.set(key, { action: first!.does as RouteAction, routes: [identity] });
    else there.routes.push(identity);
  }
  const all = [...variants.values()].map(({ action, routes }) => ({ ...action, routes: routes.sort() }));
  const kept = bounded(all, maxRouteListBytes - overhead - bytesOf(JSON.stringify(excludedHosts)));
  const listed = new Set(kept.flatMap(({ routes }) => routes));
  const verdicts = entries
    .filter(({ isWanted }) => isWanted)
    .flatMap((entry) => said(entry, unlike.has(entry), listed));
  return { variants: kept, verdicts };
}

function said(entry: RouteEntry, isUnlike: boolean, listed: ReadonlySet<string>): readonly Verdict[] {
  const { on, does, nameField, identities } = entry;
  if (isFinding(does)) return [{ on, ...does }];
  if (isUnlike)
    return [
      {
        ...{ on, reason: "RouteNotPrioritised", field: nameField },
        message:
          "is missing or not unique, so proxies confuse this route with another one and their requests share connections; give each route a name of its own",
      },
    ];
  if (identities.some(isTooLong))
    return [
      {
        ...{ on, reason: "RouteNotPrioritised", field: nameField },
        message: `is too long together with the names of its object and namespace, so this route's requests share connections; give it a shorter name (allowed: ${maxIdentityBytes} bytes in all)`,
      },
    ];
  if (identities.every((identity) => listed.has(identity))) return [];
  return [
    {
      ...{ on, reason: "RouteNotPrioritised", field: nameField },
      message: `is one of too many routes, so its requests share connections; allowed in one proxy: ${maxListedRoutes} routes, with ${maxSharedVariants} different actions`,
    },
  ];
}

const bytesOf = (text: string): number => Buffer.byteLength(text);
/** The filter refuses such a list as a whole. */
const isTooLong = (identity: string): boolean => bytesOf(identity) > maxIdentityBytes;

/** The variants with the most routes; sorted by what they do. `bytes`: the limit for the routes' identities. */
function bounded(variants: readonly RouteVariant[], bytes: number): readonly RouteVariant[] {
  const byCount = variants.toSorted((a, b) => b.routes.length - a.routes.length || (keyOf(a) < keyOf(b) ? -1 : 1));
  const isLocal = ({ rewrite }: RouteVariant): boolean => rewrite?.prefix !== undefined;
  const shared = byCount.filter((variant) => !isLocal(variant)).slice(0, maxSharedVariants);
  const local = byCount.filter(isLocal).slice(0, maxVariants - maxSharedVariants);
  let room = maxListedRoutes;
  let left = bytes;
  return [...shared, ...local]
    .filter(({ routes }) => {
      const size = bytesOf(JSON.stringify(routes));
      if (routes.length > room || size > left) return false;
      room -= routes.length;
      left -= size;
      return true;
    })
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ routes: _, ...action }: RouteVariant): string => JSON.stringify(action);
