// In: files of Kubernetes objects. Out: the Plan they make, with what works otherwise than written; nothing where an object is refused.
import { type Reason, reasons } from "../api/reasons.ts";
import type { MeshConfig } from "../core/mesh-config.ts";
import type { EnvoyPlan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import { readDocuments } from "../files/documents.ts";
import { type LoadOptions, loadSnapshot } from "../files/snapshot.ts";
import { envoyLimits } from "../translate/plain-envoy/limits.ts";
import { translate, translateForEnvoy } from "../translate/translate.ts";
import { UserError } from "./user-error.ts";

export type PlanOptions = LoadOptions & {
  /** What a plain Envoy cannot do is refused for it only. Default: istio. */
  readonly target?: "envoy" | "istio" | "node";
};

/** @param mesh that the files are for; absent: as they say themselves. @throws UserError with every problem */
export function planOfFiles(
  files: readonly string[],
  mesh?: MeshConfig,
  { target = "istio", ...options }: PlanOptions = {},
): {
  readonly plan: EnvoyPlan;
  readonly warnings: readonly string[];
} {
  const loaded = loadSnapshot(readDocuments(files), options);
  if ("problems" in loaded) throw new UserError(loaded.problems);
  const snapshot = { ...loaded.snapshot, ...(mesh === undefined ? {} : { mesh }) };
  const { plan, verdicts: forEnvoy } = translateForEnvoy(snapshot);
  const isEnvoy = target === "envoy";
  const verdicts = isEnvoy ? [...forEnvoy, ...envoyLimits(snapshot)] : inMesh(snapshot, forEnvoy);
  const isRefused = ({ reason }: Verdict): boolean =>
    reasons[reason].refused && (isEnvoy || !leftToIstio.includes(reason));
  const refused = verdicts.filter(isRefused);
  if (refused.length > 0) throw new UserError(refused.map(loaded.describe));
  const warnings = verdicts.map((verdict) => `${loaded.describe(verdict)} (${verdict.reason})`);
  return { plan, warnings: [...loaded.notes, ...warnings] };
}

/** Istio answers such requests itself: nothing of ours depends on it. */
const leftToIstio: readonly Reason[] = ["RefNotFound"];

/** With what is wrong for any proxy: routes that lead nowhere. */
function inMesh(snapshot: Parameters<typeof translate>[0], forEnvoy: readonly Verdict[]): readonly Verdict[] {
  return [...translate(snapshot).verdicts, ...forEnvoy.filter(({ reason }) => leftToIstio.includes(reason))];
}
