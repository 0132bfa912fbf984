// Defines the rules of a PriorityLadder that its CRD checks in CEL, besides those of JSON Schema. Each corresponds to a check in
// priority-ladder.ts; manifests/crd.test.ts runs both.
import type { CelRule } from "./crd.ts";

const names = "self.levels.map(l, l.name)";
/** The percentage kept by all levels; the highest one keeps the rest, unless it specifies a share. */
const shares =
  "self.levels.map(l, has(l.minShare) ? double(l.minShare.replace('%', '')) : (l.name == self.levels[0].name ? 0.0 : 5.0)).sum()";

/** @param takenHeaders names that the level header can't have */
export function ladderRules(takenHeaders: readonly string[]): readonly CelRule[] {
  return [
    {
      rule: `self.defaultLevel in ${names}`,
      message: "is not one of the levels; allowed: their names",
      fieldPath: ".defaultLevel",
    },
    {
      rule: "self.levels.all(l, self.levels.exists_one(other, other.dscp == l.dscp))",
      message: "two levels have the same dscp; allowed: one of its own for each",
      fieldPath: ".levels",
    },
    {
      rule: "self.levels.all(l, l.dscp != 'DF' || l.name == self.defaultLevel)",
      message: "dscp is DF, which unmarked packets have; allowed: DF only for the default level",
      fieldPath: ".levels",
    },
    {
      rule: `${shares} < 100.0 || (${shares} == 100.0 && has(self.levels[0].minShare))`,
      message:
        "minShare: the levels keep more than a whole link, or leave nothing for the highest; allowed: at most 100% in total",
      fieldPath: ".levels",
    },
    {
      rule: `!(self.header in [${takenHeaders.map((name) => `'${name}'`).join(", ")}])`,
      message: "already has a meaning; allowed: a header of its own",
      fieldPath: ".header",
    },
  ];
}

const wanted = (scope: string, field: string, other: string): readonly CelRule[] => [
  {
    rule: `self.scope != '${scope}' || (has(self.${field}) && size(self.${field}) > 0)`,
    message: `${field} is required for scope ${scope}: at least one label`,
  },
  { rule: `self.scope != '${scope}' || !has(self.${other})`, message: `${other} does not belong to scope ${scope}` },
];

export const linkRules: readonly CelRule[] = [
  ...wanted("Pod", "selector", "nodeSelector"),
  ...wanted("Node", "nodeSelector", "selector"),
  {
    rule: "self.scope != 'Pod' || !has(self.markTunnels) || !self.markTunnels",
    message:
      "markTunnels does not belong to scope Pod, because tunnels begin on the node; set it on a link of scope Node",
  },
];
