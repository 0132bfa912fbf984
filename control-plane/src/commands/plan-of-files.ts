// In: files of Kubernetes objects. Out: the Plan they make, with what works otherwise than written; nothing where an object is refused.
import { reasons } from "../api/reasons.ts";
import type { MeshConfig } from "../core/mesh-config.ts";
import type { EnvoyPlan } from "../core/plan.ts";
import { readDocuments } from "../files/documents.ts";
import { loadSnapshot } from "../files/snapshot.ts";
import { translateForEnvoy } from "../translate/translate.ts";
import { UserError } from "./user-error.ts";

/** `mesh`: that the files are for; absent: as they say themselves. @throws UserError with every problem */
export function planOfFiles(
  files: readonly string[],
  mesh?: MeshConfig,
): {
  readonly plan: EnvoyPlan;
  readonly warnings: readonly string[];
} {
  const loaded = loadSnapshot(readDocuments(files));
  if ("problems" in loaded) throw new UserError(loaded.problems);
  const { plan, verdicts } = translateForEnvoy({
    ...loaded.snapshot,
    ...(mesh === undefined ? {} : { mesh }),
  });
  const refused = verdicts.filter((verdict) => reasons[verdict.reason].refused);
  if (refused.length > 0) throw new UserError(refused.map(loaded.describe));
  return { plan, warnings: verdicts.map((verdict) => `${loaded.describe(verdict)} (${verdict.reason})`) };
}
