// In: what a namespace's sidecars are to have. Out: what of it shows in the configuration that istiod generates for one of them. Pure.
import type { Enrolment } from "../../core/plan.ts";

export type Expected = {
  /** Clusters `expedite|…`, at least one. Subset clusters `outbound|…|expedite-…` need not be there: a user's rule may have the lookup. */
  readonly aggregates: boolean;
  /** Routes with a cluster specifier plugin: the shared one by its name `expedite`, others inline. */
  readonly choosesByLevel: boolean;
};

export function expectedOf({ plainPorts, choices }: Pick<Enrolment, "plainPorts" | "choices">): Expected {
  return { aggregates: choices.length > 0, choosesByLevel: plainPorts.length > 0 || choices.length > 0 };
}
