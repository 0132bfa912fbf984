// Splits a rule's match into its matchers, each with its text and as a match of its own that the filter can evaluate.
import type { Match } from "@expedite/filter/config/match.ts";
import { headerOf, type Request } from "./request.ts";

type Matcher = {
  /** `path`, `header user-agent`, `source principal`. */
  readonly field: string;
  /** `prefix "/export"`. */
  readonly wanted: string;
  /** Only this matcher. */
  readonly match: Match;
  /** The value in the request; nothing here compares it. */
  readonly found: (request: Request) => string;
};

type Operators = Readonly<Record<string, unknown>> & { readonly any?: readonly object[]; readonly not?: boolean };

export function matchersOf(match: Match): Matcher[] {
  const { method, host, path, headers = [], query = [], grpc, source, jwt = [], percentage } = match;
  return [
    ...one(method, (value) => ["method", { method: value }, (request) => quoted(request.method)]),
    ...one(host, (value) => ["host", { host: value }, (request) => quoted(request.host)]),
    ...one(path, (value) => ["path", { path: value }, (request) => quoted(request.path.replace(/[?#].*/, ""))]),
    ...headers.flatMap((value) =>
      one(value, () => [`header ${value.name}`, { headers: [value] }, (request) => header(request, value.name)]),
    ),
    ...query.flatMap((value) => one(value, () => [`query ${value.name}`, { query: [value] }, queryOf])),
    ...(grpc !== undefined && Object.keys(grpc).length === 0 ? [anyOf("grpc", { grpc }, grpcOf)] : []),
    ...one(grpc?.service, (service) => ["grpc service", { grpc: { service } }, grpcOf]),
    ...one(grpc?.method, (value) => ["grpc method", { grpc: { method: value } }, grpcOf]),
    ...(source !== undefined && Object.keys(source).length === 0 ? [anyOf("source", { source }, peerOf)] : []),
    ...one(source?.principal, (principal) => ["source principal", { source: { principal } }, peerOf]),
    ...one(source?.namespace, (namespace) => ["source namespace", { source: { namespace } }, peerOf]),
    ...jwt.flatMap((value) =>
      one(value, () => [
        `claim ${value.claim.join(".")}`,
        { jwt: [value] },
        (request) => (request.claims === undefined ? "no token" : claim(request.claims, value.claim)),
      ]),
    ),
    ...(percentage === undefined ? [] : [share(percentage)]),
  ];
}

type Parts = readonly [field: string, match: Match, found: Matcher["found"]];

function one<T extends object>(value: T | undefined, parts: (value: T) => Parts): Matcher[] {
  if (value === undefined) return [];
  const [field, match, found] = parts(value);
  return [{ field, wanted: wanted(value as Operators), match, found }];
}

function anyOf(field: string, match: Match, found: Matcher["found"]): Matcher {
  return { field, wanted: "any", match, found };
}

function wanted({ any, not, ...value }: Operators): string {
  const text = any === undefined ? operator(value) : any.map((entry) => operator(entry as Operators)).join(" or ");
  return not ? `not ${any === undefined || any.length === 1 ? text : `(${text})`}` : text;
}

/** The operator of a matcher with a name: `prefix "bot"`, `present`, `absent`. */
function operator({ name: _, claim: __, ...value }: Readonly<Record<string, unknown>>): string {
  return Object.entries(value)
    .map(([key, operand]) =>
      key === "present" ? (operand ? "present" : "absent") : `${key} ${quoted(String(operand))}`,
    )
    .join(", ");
}

function share({ value, not }: NonNullable<Match["percentage"]>): Matcher {
  const percentage = { value, ...(not === undefined ? {} : { not }) };
  return {
    field: "percentage",
    wanted: `${not ? "not " : ""}${value}`,
    match: { percentage },
    found: (request) => `x-request-id ${header(request, "x-request-id")}`,
  };
}

function header(request: Request, name: string): string {
  const value = headerOf(request, name);
  return value === undefined ? "absent" : quoted(value);
}

function queryOf({ path }: Request): string {
  const at = path.indexOf("?");
  return at < 0 ? "no query" : quoted(path.slice(at));
}

function grpcOf(request: Request): string {
  const type = headerOf(request, "content-type");
  return `${quoted(request.path)}, content-type ${type === undefined ? "absent" : quoted(type)}`;
}

function peerOf({ principal }: Request): string {
  return principal === undefined ? "no certificate" : quoted(principal);
}

function claim(claims: unknown, [name, ...rest]: readonly string[]): string {
  const value = (claims as Readonly<Record<string, unknown>> | null)?.[name ?? ""];
  if (value === undefined) return "absent";
  return rest.length === 0 ? JSON.stringify(value) : claim(value, rest);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
