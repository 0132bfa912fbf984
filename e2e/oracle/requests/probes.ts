// Makes requests that a virtual host's routes match, one from each route's own match, and one for a path that no route names.

import { isOurRoute, type Route, type VirtualHost } from "../generation.ts";
import type { Json } from "../protocol.ts";

export type Probe = {
  readonly authority: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type Probes = {
  readonly probes: readonly Probe[];
  /** Routes for which no request is made. */
  readonly unmatched: readonly Route[];
};

type StringMatch = {
  readonly exact?: string;
  readonly prefix?: string;
  readonly safeRegex?: { readonly regex: string };
};

type Condition = {
  readonly name: string;
  readonly stringMatch?: StringMatch;
  readonly presentMatch?: boolean;
  readonly invertMatch?: boolean;
};

/** Paths that the regular expressions of the random meshes match. */
const paths = ["/x", "/xyz/1", "/reviews", "/reviews/1", "/export/all", "/a.B/C", "/a.B/D"];
const values = ["jason", "1"];

export function probesOf({ domains, routes = [] }: VirtualHost): Probes {
  const names = (domains as readonly string[]).map(nameOf);
  const users = routes.filter((route) => !isOurRoute(route));
  const found = users.map((route) => ({ route, probes: ofRoute(route, names) }));
  const nothing: Probe = { authority: names[0]!, method: "GET", path: "/nothing/names/this", headers: {} };
  const all = [...found.flatMap(({ probes }) => probes), nothing];
  return {
    probes: [...new Map(all.map((probe) => [JSON.stringify(probe), probe])).values()],
    unmatched: found.filter(({ probes }) => probes.length === 0).map(({ route }) => route),
  };
}

/** A name that the domain matches. */
function nameOf(domain: string): string {
  if (domain === "*") return "any.example";
  return domain.startsWith("*") ? `any${domain.slice(1)}` : domain.replace(/\*$/, "any");
}

function ofRoute({ match }: Route, names: readonly string[]): readonly Probe[] {
  const conditions = ((match.headers ?? []) as readonly Condition[]).filter(({ invertMatch }) => invertMatch !== true);
  const wanted = conditions.map((condition) => [condition.name, suitable(condition)] as const);
  const parameters = ((match.queryParameters ?? []) as readonly Condition[]).map(
    (condition) => [condition.name, suitable(condition)] as const,
  );
  if ([...wanted, ...parameters].some(([, value]) => value === undefined)) return [];
  const { ":authority": authority, ":method": method = "GET", ...headers } = Object.fromEntries(wanted);
  // A domain with a port also matches the name without it.
  const name = names.find((one) => authority === undefined || one === authority);
  if (name === undefined) return [];
  const query = parameters.map(([key, value]) => `${key}=${value}`).join("&");
  return pathsOf(match).map((path) => ({
    ...{ authority: name, method: method!, headers: headers as Probe["headers"] },
    path: query === "" ? path : `${path.split("?")[0]}?${query}`,
  }));
}

function suitable({ stringMatch, presentMatch }: Condition): string | undefined {
  if (presentMatch === true) return "1";
  return stringMatch?.exact ?? stringMatch?.prefix ?? values.find((value) => fits(stringMatch?.safeRegex, value));
}

function fits(pattern: StringMatch["safeRegex"], value: string, flags = ""): boolean {
  return pattern !== undefined && new RegExp(`^(?:${pattern.regex})$`, flags).test(value);
}

function pathsOf(match: Json): readonly string[] {
  const isAnyCase = match.caseSensitive === false;
  const pattern = match.safeRegex as StringMatch["safeRegex"];
  if (pattern !== undefined) return paths.filter((path) => fits(pattern, path, isAnyCase ? "i" : "")).slice(0, 2);
  const whole = match.path as string | undefined;
  const beginning = (match.prefix ?? match.pathSeparatedPrefix) as string | undefined;
  const path = whole ?? beginning;
  if (path === undefined) return [];
  const longer = whole === undefined ? `${path.replace(/\/$/, "")}/more?of=it` : `${path}?of=it`;
  return [path, longer, ...(isAnyCase ? [path.toUpperCase()] : [])];
}
