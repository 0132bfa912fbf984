// A plain model of filter/config/match.ts, with which property tests compare the filter.
import type { Match } from "../config/match.ts";

export interface ModelRequest {
  readonly method: string;
  readonly host: string;
  /** Including its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly principal?: string | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

interface Operators {
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
  readonly contains?: string | undefined;
  readonly glob?: string | undefined;
  readonly present?: boolean | undefined;
}

interface Matcher extends Operators {
  readonly any?: readonly Operators[] | undefined;
  readonly not?: boolean | undefined;
}

function globPattern(glob: string): RegExp {
  const parts = glob.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return "[^]*";
    return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}

/** The texts that an exact operand may equal; for a claim, also those of a boolean or a whole number. */
function texts(value: unknown): readonly string[] {
  if (typeof value === "boolean" || Number.isInteger(value)) return [String(value)];
  return typeof value === "string" ? [value] : [];
}

function compares(operators: Operators, value: unknown): boolean {
  if (operators.exact !== undefined) return texts(value).includes(operators.exact);
  if (typeof value !== "string") return false;
  if (operators.prefix !== undefined) return value.startsWith(operators.prefix);
  if (operators.suffix !== undefined) return value.endsWith(operators.suffix);
  if (operators.contains !== undefined) return value.includes(operators.contains);
  return globPattern(operators.glob ?? "").test(value);
}

function holds(matcher: Matcher | undefined, value: unknown): boolean {
  if (matcher === undefined) return true;
  const one = (operators: Operators): boolean => {
    if (operators.present !== undefined) return (value !== undefined) === operators.present;
    return (Array.isArray(value) ? value : [value]).some((item) => compares(operators, item));
  };
  return (matcher.any ?? [matcher]).some(one) !== (matcher.not ?? false);
}

/** "a.example" and "a.example." are the same host. */
const withoutDot = (host: string): string => host.replace(/(?<=.)\.$/s, "");

function hostMatcher(matcher: Matcher | undefined): Matcher | undefined {
  if (matcher === undefined) return undefined;
  const one = ({ exact, suffix }: Operators): Operators => ({
    exact: exact && withoutDot(exact),
    suffix: suffix && withoutDot(suffix),
  });
  return { ...one(matcher), any: matcher.any?.map(one), not: matcher.not };
}

function parameter(query: string, name: string): string | undefined {
  const found = query.split("&").find((part) => part === name || part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

function claim(claims: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => {
    if (typeof at !== "object" || at === null) return undefined;
    return (at as Record<string, unknown>)[name];
  }, claims);
}

export function matches(match: Match, { method, host, path, headers, principal, claims }: ModelRequest): boolean {
  const [only = "", ...query] = path.split("?");
  const [, service, rpc] = only.match(/^\/([^/]+)\/([^/]+)$/) ?? [];
  const isGrpc = headers["content-type"]?.startsWith("application/grpc") ?? false;
  const namespace = principal?.match(/^[^/]*\/ns\/([^/]+)/)?.[1];
  const hasId = /[^ ,]/.test(headers["x-request-id"] ?? "");
  const { percentage } = match;
  return (
    holds(match.method, method) &&
    holds(hostMatcher(match.host), withoutDot(host.toLowerCase().replace(/:[0-9]*$/, ""))) &&
    holds(match.path, only) &&
    (match.headers ?? []).every((one) => holds(one, headers[one.name])) &&
    (match.query ?? []).every((one) => holds(one, parameter(query.join("?"), one.name))) &&
    (match.grpc === undefined || (isGrpc && holds(match.grpc.service, service) && holds(match.grpc.method, rpc))) &&
    holds(match.source?.principal, principal) &&
    holds(match.source?.namespace, namespace) &&
    (match.jwt ?? []).every((one) => holds(one, claim(claims, one.claim))) &&
    // Percentages between 0 and 100 have a test of their own.
    (percentage === undefined || (hasId && percentage.value === 100) !== (percentage.not ?? false))
  );
}
