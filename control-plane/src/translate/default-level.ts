// Decides whether requests of the default level carry the header that carries the level (docs/adr/0042-the-default-level-is-no-header.md).
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Classification, Plan } from "../core/plan.ts";

/**
 * If one proxy classifies only requests that come without a level, as sidecars do and gateways that trust somebody's level, or levels are
 * also in other headers, then the whole mesh has to tell a request that was given the default level from one that has no level yet: whatever
 * proxies a request passes, that one may be next. Who trusts nobody classifies every request, whatever header it has.
 * @param classifications those of all proxies
 */
export function writesDefault({ spec }: PriorityLadder, classifications: readonly Classification[]): boolean {
  if (spec.readFrom !== undefined || spec.writeTo !== undefined) return true;
  return classifications.some(
    ({ trust, rules, defaultLevel = spec.defaultLevel }) =>
      trust !== "Never" &&
      (defaultLevel !== spec.defaultLevel || rules.some(({ level }) => level !== spec.defaultLevel)),
  );
}

/** The plan's step before such a proxy classifies and after it did: everything writes the default level, and no such proxy classifies. */
export function writingDefault(plan: Plan): Plan {
  const unclassified = (own: Classification): Classification =>
    own.trust === "Never" ? own : { trust: own.trust, rules: [] };
  return {
    ...plan,
    writeDefault: true,
    gateways: plan.gateways.map((gateway) => ({ ...gateway, classification: unclassified(gateway.classification) })),
    enrolments: plan.enrolments.map((enrolment) => ({
      ...enrolment,
      classification: unclassified(enrolment.classification),
      exceptions: enrolment.exceptions.map(({ classification, ...exception }) => ({
        ...exception,
        ...(classification === undefined ? {} : { classification: unclassified(classification) }),
      })),
    })),
  };
}
