// A bad PriorityPolicy: one line that names file, field, value and what is allowed, and nothing is written.
import { testBadInput } from "../../test/refused.ts";

const inPolicy = "PriorityPolicy shop: spec";
const policyId = "PriorityPolicy shop/shop: spec";

testBadInput([
  [
    "an unknown level",
    "level: batch",
    "level: bulk",
    `policy.yaml:8: ${policyId}.rules[0].level: "bulk" is not a level of PriorityLadder default; allowed: interactive, batch`,
  ],
  [
    "an unknown default level of a policy",
    "spec:\n  rules",
    "spec:\n  defaultLevel: bulk\n  rules",
    `policy.yaml:5: ${policyId}.defaultLevel: "bulk" is not a level of PriorityLadder default; allowed: interactive, batch`,
  ],
  [
    "a policy for another ladder",
    "spec:\n  rules",
    "spec:\n  ladder: other\n  rules",
    `policy.yaml:5: ${policyId}.ladder: "other" is not the ladder of this mesh; allowed: default`,
  ],
  [
    "an unknown field of a match",
    "prefix: /export",
    "glob: /export",
    `policy.yaml:7: ${inPolicy}.rules[0].match.path.glob: is not a field; allowed: exact, prefix`,
  ],
  [
    "two ways to match a path",
    "prefix: /export",
    "prefix: /export, exact: /e",
    `policy.yaml:7: ${inPolicy}.rules[0].match.path: needs exactly one of: exact, prefix`,
  ],
  [
    "no way to match a header",
    "path: { prefix: /export }",
    "headers: [{ name: x-a }]",
    `policy.yaml:7: ${inPolicy}.rules[0].match.headers[0]: needs exactly one of: exact, prefix, present`,
  ],
  [
    "a kind that is not read",
    "kind: PriorityPolicy",
    "kind: Deployment",
    'policy.yaml:2: Deployment shop: kind: "Deployment" is not a kind that is read here; allowed: PriorityLadder, PriorityPolicy, Service, Pod, Gateway, HTTPRoute',
  ],
  [
    "no kind",
    "kind: PriorityPolicy\n",
    "",
    "policy.yaml:1: shop: kind: is required; allowed: PriorityLadder, PriorityPolicy, Service, Pod, Gateway, HTTPRoute",
  ],
  [
    "another version",
    "alpha1\nkind: PriorityPolicy",
    "\nkind: PriorityPolicy",
    `policy.yaml:1: PriorityPolicy shop: apiVersion: "expedite.dev/v1" is not allowed here; allowed: expedite.dev/v1alpha1`,
  ],
]);
