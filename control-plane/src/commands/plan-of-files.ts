// In: files of Kubernetes objects. Out: the Plan they make, with what works otherwise than written; nothing where an object is refused.
import { reasons } from "../api/reasons.ts";
import type { EnvoyPlan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { readDocuments } from "../files/documents.ts";
import { loadSnapshot } from "../files/snapshot.ts";
import { translateForEnvoy } from "../translate/translate.ts";
import { UserError } from "./user-error.ts";

/** `defaultRoutes`: of the mesh that the files are for (Snapshot). @throws UserError with every problem */
export function planOfFiles(
  files: readonly string[],
  defaultRoutes?: Snapshot["defaultRoutes"],
): {
  readonly plan: EnvoyPlan;
  readonly warnings: readonly string[];
} {
  const loaded = loadSnapshot(readDocuments(files));
  if ("problems" in loaded) throw new UserError(loaded.problems);
  const { plan, verdicts } = translateForEnvoy({
    ...loaded.snapshot,
    ...(defaultRoutes === undefined ? {} : { defaultRoutes }),
  });
  const refused = verdicts.filter((verdict) => reasons[verdict.reason].refused);
  if (refused.length > 0) throw new UserError(refused.map(loaded.describe));
  return { plan, warnings: verdicts.map((verdict) => `${loaded.describe(verdict)} (${verdict.reason})`) };
}
