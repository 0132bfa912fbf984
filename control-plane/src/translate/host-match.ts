// In: a rule's host matcher and a host of a route, which both are known now. Out: whether the rule is for that host.
import type { Match } from "@expedite/filter/config/match.ts";

type HostMatch = NonNullable<Match["host"]>;
type Value = Pick<HostMatch, "exact" | "suffix">;

/** The only matcher that is decided before a request: the rule then asks for that one host, as a route classifies its own only. */
export function isForHost(matcher: HostMatch | undefined, host: string): boolean {
  if (matcher === undefined) return true;
  const { any = [matcher], not = false } = matcher;
  return any.some((value) => holds(value, host)) !== not;
}

function holds({ exact, suffix }: Value, host: string): boolean {
  return exact === undefined ? host.endsWith(suffix ?? "") : host === exact;
}
