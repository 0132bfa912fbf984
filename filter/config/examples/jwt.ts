// Examples of matchers for the claims of a verified token.
import { claims, type MatcherExample, nothing } from "./example.ts";

export const jwts: readonly MatcherExample[] = [
  {
    name: "claim",
    match: { jwt: [{ claim: ["plan"], exact: "free" }] },
    holds: [claims({ plan: "free" }), claims({ plan: ["free", "trial"] }), claims({ plan: ["trial", "free"] })],
    fails: [claims({ plan: "freemium" }), claims({ plan: [] }), claims({ other: "free" }), nothing],
  },
  {
    name: "claim-nested",
    match: { jwt: [{ claim: ["realm_access", "roles"], exact: "exporter" }] },
    holds: [claims({ realm_access: { roles: ["user", "exporter"] } })],
    fails: [
      claims({ realm_access: { roles: ["user"] } }),
      claims({ roles: ["exporter"] }),
      claims({ realm_access: "exporter" }),
    ],
  },
  {
    name: "claim-number",
    match: { jwt: [{ claim: ["tier"], any: [{ exact: "3" }, { exact: "-42" }] }] },
    holds: [claims({ tier: 3 }), claims({ tier: "3" }), claims({ tier: -42 }), claims({ tier: [1, 2, 3] })],
    fails: [claims({ tier: 30 }), claims({ tier: 3.5 }), claims({ tier: true }), nothing],
  },
  {
    name: "claim-boolean",
    match: { jwt: [{ claim: ["robot"], exact: "true" }] },
    holds: [claims({ robot: true }), claims({ robot: "true" })],
    fails: [claims({ robot: false }), claims({ robot: 1 }), claims({ robot: {} }), nothing],
  },
  {
    name: "claim-prefix",
    match: { jwt: [{ claim: ["azp"], prefix: "service-" }] },
    holds: [claims({ azp: "service-7" }), claims({ azp: ["a", "service-7"] })],
    fails: [claims({ azp: "user-7" }), nothing],
  },
  {
    name: "claim-suffix",
    match: { jwt: [{ claim: ["email"], suffix: "@batch.example" }] },
    holds: [claims({ email: "a@batch.example" })],
    fails: [claims({ email: "a@batch.example.com" })],
  },
  {
    name: "claim-contains",
    match: { jwt: [{ claim: ["scope"], contains: "export" }] },
    holds: [claims({ scope: "read exports" })],
    fails: [claims({ scope: "read" })],
  },
  {
    // Of null, the filter knows only that it is present.
    name: "claim-present",
    match: { jwt: [{ claim: ["robot"], present: true }] },
    holds: [
      claims({ robot: "yes" }),
      claims({ robot: false }),
      claims({ robot: [] }),
      claims({ robot: {} }),
      claims({ robot: null }),
    ],
    fails: [claims({}), nothing],
  },
  {
    name: "claim-absent",
    match: { jwt: [{ claim: ["robot"], present: false }] },
    holds: [claims({}), nothing],
    fails: [claims({ robot: 0 })],
  },
  {
    name: "claim-not",
    match: { jwt: [{ claim: ["plan"], any: [{ exact: "gold" }, { prefix: "silver" }], not: true }] },
    holds: [claims({ plan: "free" }), claims({ plan: ["free"] }), nothing],
    fails: [claims({ plan: "gold" }), claims({ plan: ["free", "silver-2"] }), claims({ plan: null })],
  },
];
