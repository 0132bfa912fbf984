// Restricts a rule's host matcher to one host, possibly with a wildcard: both are known before any request arrives.
import { type Match, withoutDot } from "@expedite/filter/config/match.ts";
import { covers } from "../../core/host-pattern.ts";

type HostMatch = NonNullable<Match["host"]>;
type Value = Pick<HostMatch, "exact" | "suffix">;

/** "nothing": the rule is not for that host. "inexpressible": it is for all hosts of a wildcard except some. */
type Restricted = HostMatch | "everything" | "nothing" | "inexpressible";

/** @param host as a route or server names it: a full name, `*.shop.example`, or `*` for every host */
export function restrictedTo(host: string, matcher: HostMatch | undefined): Restricted {
  if (host === "*") return matcher ?? "everything";
  if (matcher === undefined) return hostMatcher(host);
  const { not = false } = matcher;
  const any = (matcher.any ?? [matcher]).map(whole);
  if (!host.startsWith("*")) return any.some((value) => holds(value, host)) === not ? "nothing" : hostMatcher(host);
  const common = any.flatMap((value) => intersection(value, host));
  if (not) return common.length === 0 ? hostMatcher(host) : allOf(common, host) ? "nothing" : "inexpressible";
  const [only, ...others] = common;
  if (only === undefined) return "nothing";
  return others.length === 0 ? only : { any: common };
}

function hostMatcher(host: string): Value {
  return host.startsWith("*") ? { suffix: host.slice(1) } : { exact: host };
}

/** As the filter reads it. */
function whole({ exact, suffix }: Value): Value {
  if (exact !== undefined) return { exact: withoutDot(exact) };
  return suffix === undefined ? {} : { suffix: withoutDot(suffix) };
}

function holds({ exact, suffix }: Value, host: string): boolean {
  return exact === undefined ? host.endsWith(suffix ?? "") : host === exact;
}

/** The value's hosts that the wildcard covers. */
function intersection({ exact, suffix = "" }: Value, wildcard: string): Value[] {
  if (exact !== undefined) return covers(wildcard, exact) ? [{ exact }] : [];
  const own = wildcard.slice(1);
  if (suffix.endsWith(own)) return [{ suffix }];
  return own.endsWith(suffix) ? [{ suffix: own }] : [];
}

function allOf(values: readonly Value[], wildcard: string): boolean {
  return values.some(({ suffix }) => suffix === wildcard.slice(1));
}
