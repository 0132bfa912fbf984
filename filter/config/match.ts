// Defines what a rule asks of a request: the part of a PriorityPolicy that the filter itself evaluates, in one shape for both. All matchers
// of a rule must hold (AND); `any` holds if one of its values does (OR); `not` inverts a matcher. What is absent has no value: only
// `present: false` and inverted matchers hold. For what is present but can't be read (more than the filter's 64 KiB for one request; a
// claim that is null) `present` works; with any other matcher the rule does not match, inverted or not.
import { z } from "zod";
import { headerName } from "./names.ts";

/** Limit for the values of one `any`, and for the headers, query parameters or claims of one rule. */
export const maxValues = 16;

type Operators = Readonly<Record<string, z.ZodType>>;

/**
 * Exactly one of `operators`, or `any` with a list of them, and `not`.
 * @param names further fields of the matcher, usually the name of what is compared
 */
function matcher<O extends Operators, N extends Operators>(operators: O, names: N) {
  const optional = Object.fromEntries(Object.entries(operators).map(([key, type]) => [key, type.optional()])) as {
    [K in keyof O]: z.ZodOptional<O[K]>;
  };
  const keys = [...Object.keys(operators), "any"];
  const one = (value: object): boolean => keys.filter((key) => (value as Operators)[key] !== undefined).length === 1;
  const value = z
    .strictObject(optional)
    .refine(one, { error: `needs exactly one of: ${Object.keys(operators).join(", ")}` })
    .meta({ exactlyOne: Object.keys(operators) });
  return z
    .strictObject({
      ...names,
      ...optional,
      any: z.array(value).min(1).max(maxValues).optional().describe("Holds if one of these does."),
      not: z.boolean().optional().describe("true: holds if the rest does not."),
    })
    .refine(one, { error: `needs exactly one of: ${keys.join(", ")}` })
    .meta({ exactlyOne: keys });
}

const text = z.string().min(1).max(1024);
const exact = text.describe("The whole value.");
const prefix = text.describe("The beginning of the value.");
const suffix = text.describe("The end of the value.");
const contains = text.describe("A part of the value.");
const present = z.boolean().describe("true: it is present, with any value. false: it is absent.");

const method = z
  .string()
  .max(32)
  .regex(/^[A-Z]+$/, "must be an upper-case HTTP method");
const host = z
  .string()
  .max(253)
  .regex(/^[a-z0-9.-]+$|^[0-9a-f:.[\]]+$/, "must be a lower-case host name without port");
const path = z.string().max(1024).startsWith("/", "must begin with /");
const name = z.string().min(1).max(128);
/** Envoy separates the parts of a claim's path by this byte. */
const claimName = name.refine((value) => !value.includes("\0"), { error: "must be without the character U+0000" });
const glob = path.describe("* stands for any characters but /, ** for any.");
/** DNS ends a complete name with a dot; with or without it, in a rule or a request, it is the same host. */
export function withoutDot(host: string): string {
  return host.length > 1 && host.endsWith(".") ? host.slice(0, -1) : host;
}

/** As Istio's AuthorizationPolicy writes principals. */
const principal = text.refine((value) => !value.startsWith("spiffe:"), {
  error: "must be without spiffe://, e.g. cluster.local/ns/shop/sa/cart",
});

export const headerMatch = matcher(
  { exact, prefix, suffix, contains, present },
  { name: headerName.describe("Lower case.") },
).describe(
  "The header's first value; of some well-known headers, such as user-agent, Envoy joins all values by commas.",
);

export const queryMatch = matcher(
  { exact, prefix, suffix, contains, present },
  { name: name.describe("Case matters.") },
).describe("The parameter's first value, as in the URL: nothing is decoded.");

export const jwtMatch = matcher(
  { exact, prefix, suffix, contains, present },
  { claim: z.array(claimName).min(1).max(4).describe("Its path: [plan], or [realm_access, roles] for a nested one.") },
).describe(
  "A claim of the token that Istio's RequestAuthentication verified; for a list, any item. exact also matches true, false and whole numbers, by their text.",
);

export const match = z.strictObject({
  method: matcher({ exact: method }, {}).optional().describe("The HTTP method."),
  host: matcher({ exact: host, suffix: host }, {})
    .optional()
    .describe("The host without its port and trailing dot, regardless of case."),
  path: matcher({ exact: path, prefix: path, glob }, {})
    .optional()
    .describe(
      "The path without the query. A prefix need not end at a slash, as in Envoy's routes: /a is a prefix of /ab.",
    ),
  headers: z.array(headerMatch).min(1).max(maxValues).optional().describe("Headers, all of which must match."),
  query: z.array(queryMatch).min(1).max(maxValues).optional().describe("Query parameters, all of which must match."),
  grpc: z
    .strictObject({
      service: matcher({ exact: text, prefix: text, suffix: text }, {})
        .optional()
        .describe("With its package, e.g. bookinfo.Ratings."),
      method: matcher({ exact: text, prefix: text, suffix: text }, {}).optional().describe("Without the service."),
    })
    .optional()
    .describe(
      "Only gRPC requests (content-type application/grpc…), even if a matcher in it is inverted; {} matches all of them.",
    ),
  source: z
    .strictObject({
      principal: matcher({ exact: principal, prefix: principal, suffix: text }, {})
        .optional()
        .describe("The SPIFFE id of the peer's certificate without spiffe://."),
      namespace: matcher({ exact: text, prefix: text, suffix: text }, {})
        .optional()
        .describe("The part of the SPIFFE id after /ns/."),
    })
    .optional()
    .describe("The peer, by its mTLS certificate. A peer without a certificate matches only inverted matchers."),
  jwt: z.array(jwtMatch).min(1).max(maxValues).optional().describe("Claims, all of which must match."),
  percentage: z
    .strictObject({
      value: z.number().int().min(0).max(100).describe("0 to 100."),
      not: z.boolean().optional().describe("true: the other requests."),
    })
    .optional()
    .describe(
      "This share of the requests, chosen by a hash of x-request-id and the rule's name, so that a retry gets the same result. A request without an id is not included; of several ids joined by commas, the first counts.",
    ),
});

export type Match = z.infer<typeof match>;
