// Determines what a proxy should have from the objects that are wanted in its namespace. Pure.
import type { Extension, Labels, OwnedObject, ProxyReport } from "../reconcile/ports.ts";
import { matchesWorkloads } from "./workload-match.ts";

export type ExpectedConfig = {
  /** Differs whenever anything that is expected differs. */
  readonly id: string;
  /** By the plugin's name. */
  readonly extensions: ReadonlyMap<string, Extension>;
};

/** `wanted`: the objects for the proxy's namespace. Objects with a selector have the higher priority, so they come last. */
export function expectedConfigOf(wanted: Iterable<OwnedObject>, report: ProxyReport, labels: Labels): ExpectedConfig {
  const matching = [...wanted]
    .map(({ summary }) => summary)
    .filter(({ workloads }) => matchesWorkloads(workloads, report, labels));
  const bySelector = matching.toSorted(
    (a, b) => Object.keys(a.workloads.selector).length - Object.keys(b.workloads.selector).length,
  );
  return {
    id: matching.map(({ digest }) => digest).join(),
    extensions: new Map(bySelector.flatMap(({ extensions }) => extensions).map((one) => [one.name, one])),
  };
}
