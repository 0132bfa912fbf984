// Decides whether requests of the default level carry the header that carries the level (docs/adr/0042-the-default-level-is-no-header.md).
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Classification, Plan } from "../core/plan.ts";

/**
 * If one sidecar classifies requests that come without a level, or levels are also in other headers, then the whole mesh has to tell a
 * request that was given the default level from one that has no level yet: whatever namespaces a request passes, one of them may be next.
 * @param sidecars the classifications of all sidecars
 */
export function writesDefault({ spec }: PriorityLadder, sidecars: readonly Classification[]): boolean {
  if (spec.readFrom !== undefined || spec.writeTo !== undefined) return true;
  return sidecars.some(
    ({ rules, defaultLevel = spec.defaultLevel }) =>
      defaultLevel !== spec.defaultLevel || rules.some(({ level }) => level !== spec.defaultLevel),
  );
}

/** The plan's step before sidecars classify and after they did: everything writes the default level, and no sidecar classifies. */
export function writingDefault(plan: Plan): Plan {
  const unclassified = ({ trust }: Classification): Classification => ({ trust, rules: [] });
  return {
    ...plan,
    writeDefault: true,
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
