// Reads the options that describe a request; reports one line for each invalid option.
import { UserError } from "../user-error.ts";
import type { Request } from "./explanation/request.ts";

export type RequestOptions = {
  readonly method: string;
  readonly path: string;
  readonly host?: string;
  /** `name: value` */
  readonly header?: readonly string[];
  readonly principal?: string;
  /** `name=value` */
  readonly claim?: readonly string[];
};

/** @throws UserError with every problem */
export function requestOf(options: RequestOptions, defaultHost: string): Request {
  const { method, path, host = defaultHost, header = [], principal, claim = [] } = options;
  const problems = [
    ...wrong("--method", method, /^[A-Z]+$/, "is not an HTTP method in upper case; allowed: e.g. GET, POST"),
    ...wrong("--path", path, /^\//, "does not begin with /; allowed: e.g. /export?page=2"),
    ...wrong("--host", host, /^[^\s/]+$/, "is not a host; allowed: e.g. shop.example"),
    ...header.flatMap((entry) =>
      wrong(
        "--header",
        entry,
        headerForm,
        "is not 'name: value'; allowed: e.g. 'user-agent: curl' (for :path see --path)",
      ),
    ),
    ...(principal === undefined
      ? []
      : wrong(
          "--principal",
          principal,
          principalForm,
          `is not a SPIFFE id; allowed: e.g. cluster.local/ns/shop/sa/cart`,
        )),
    ...claim.flatMap((entry) => wrong("--claim", entry, claimForm, "is not name=value; allowed: e.g. plan=free")),
  ];
  if (problems.length > 0) throw new UserError(problems);
  return {
    ...{ method, path, host },
    headers: header
      .map((entry) => pair(entry, headerForm))
      .map(([name, value]) => [name.toLowerCase(), value] as const),
    ...(principal === undefined ? {} : { principal: principal.replace(/^spiffe:\/\//, "") }),
    ...(claim.length === 0 ? {} : { claims: claimsOf(claim) }),
  };
}

const headerForm = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;
const principalForm = /^(spiffe:\/\/)?[^/\s]+\/\S+$/;
const claimForm = /^([^=]+)=(.*)$/s;

function wrong(option: string, value: string, form: RegExp, message: string): string[] {
  return form.test(value) ? [] : [`${option}: ${JSON.stringify(value)} ${message}`];
}

function pair(text: string, form: RegExp): readonly [string, string] {
  const [, name = "", value = ""] = form.exec(text) ?? [];
  return [name, value];
}

function claimsOf(entries: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(entries.map((entry) => pair(entry, claimForm)).map(([name, text]) => [name, json(text)]));
}

/** A claim's value as in the token if it is JSON, such as a number or a list; otherwise text. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
