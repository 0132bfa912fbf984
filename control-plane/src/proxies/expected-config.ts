// In: the objects that are wanted of a namespace, and a proxy. Out: what of them is for it. Pure.
import type { Extension, Labels, OwnedObject, ProxyReport } from "../reconcile/ports.ts";
import { isMeant } from "./workload-match.ts";

export type ExpectedConfig = {
  /** Another for anything else that is expected. */
  readonly id: string;
  /** By the plugin's name. */
  readonly extensions: ReadonlyMap<string, Extension>;
};

/** `wanted`: of the proxy's namespace. A selector's objects come after the namespace's, as their priority says. */
export function expectedConfigOf(wanted: Iterable<OwnedObject>, report: ProxyReport, labels: Labels): ExpectedConfig {
  const meant = [...wanted].map(({ summary }) => summary).filter(({ workloads }) => isMeant(workloads, report, labels));
  const bySelector = meant.toSorted(
    (a, b) => Object.keys(a.workloads.selector).length - Object.keys(b.workloads.selector).length,
  );
  return {
    id: meant.map(({ digest }) => digest).join(),
    extensions: new Map(bySelector.flatMap(({ extensions }) => extensions).map((one) => [one.name, one])),
  };
}
