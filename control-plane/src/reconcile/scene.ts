// In: what is stored and wanted of one namespace, and what was seen of its proxies. Out: the proxies by group, each with what it should have. Pure.
import { type Expectation, expectationOf } from "./expectation.ts";
import type { Observation } from "./observation.ts";
import type { OwnedObject, ProxyReport, Workloads, World } from "./ports.ts";
import { groupOf, isMeant, labelsOf } from "./proxies.ts";

export type Scene = {
  readonly stored: ReadonlyMap<string, OwnedObject>;
  /** Without what was taken back. */
  readonly wanted: ReadonlyMap<string, OwnedObject>;
  /** Undefined: nothing of ours is for this proxy. */
  readonly groupOf: (report: ProxyReport) => string | undefined;
  readonly expectationOf: (report: ProxyReport) => Expectation;
  /** Of the proxies that are to have something of ours. */
  readonly groups: (
    observation: Observation,
  ) => readonly { readonly reports: readonly ProxyReport[]; readonly expected: Expectation }[];
};

export function sceneOf(
  namespace: string,
  stored: ReadonlyMap<string, OwnedObject>,
  wanted: ReadonlyMap<string, OwnedObject>,
  optedOut: ReadonlySet<string>,
  pod: World["pod"],
): Scene {
  const patched = [...wanted.values(), ...stored.values()].filter(({ ref }) => ref.kind === "EnvoyFilter");
  const selectors = [
    ...new Map(patched.map(({ content: { workloads } }) => [JSON.stringify(workloads), workloads])).values(),
  ] satisfies readonly Workloads[];
  const isMeantBy = (objects: Iterable<OwnedObject>, report: ProxyReport): boolean => {
    const labels = labelsOf(pod, report);
    return [...objects].some(
      ({ ref, content }) => ref.kind === "EnvoyFilter" && isMeant(content.workloads, report, labels),
    );
  };
  const group = (report: ProxyReport): string | undefined =>
    isMeantBy(patched, report) ? groupOf(selectors, report, labelsOf(pod, report)) : undefined;
  const expected = (report: ProxyReport): Expectation => expectationOf(wanted.values(), report, labelsOf(pod, report));
  return {
    stored,
    wanted,
    groupOf: group,
    expectationOf: expected,
    groups: (observation) => {
      const members = (observation.of(namespace) ?? []).filter(
        (report) => !optedOut.has(report.pod) && isMeantBy(wanted.values(), report),
      );
      return [...Map.groupBy(members, group).values()].map((reports) => ({ reports, expected: expected(reports[0]!) }));
    },
  };
}
