// Makes a plan from files of Kubernetes objects, with warnings for everything that does not work as written. There is no plan if an object
// is refused.
import { type Reason, reasons } from "../api/reasons.ts";
import type { MeshConfig } from "../core/mesh-config.ts";
import type { EnvoyPlan } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { readDocuments } from "../files/documents.ts";
import { type LoadOptions, loadSnapshot } from "../files/snapshot.ts";
import { envoyLimits } from "../translate/plain-envoy/limits.ts";
import { translate, translateForEnvoy } from "../translate/translate.ts";
import { UserError } from "./user-error.ts";

type PlanOptions = LoadOptions & {
  /** The target; what a plain Envoy cannot do is refused only for that. Default: istio. */
  readonly target?: "envoy" | "istio" | "node";
};

/** @param mesh the facts of the files' mesh; absent: as in the files. @throws UserError with every problem */
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
  const isRefused = ({ on, reason }: Verdict): boolean => reasons[reason].refused && (isEnvoy || own.includes(on.kind));
  const refused = verdicts.filter(isRefused);
  if (refused.length > 0) throw new UserError(refused.map(loaded.describe));
  const warnings = verdicts.map((verdict) => `${loaded.describe(verdict)} (${verdict.reason})`);
  return { plan, warnings: [...loaded.notes, ...(isEnvoy ? notForEnvoy(snapshot) : []), ...warnings] };
}

/** Istio's own objects, which mean nothing to a proxy without istiod. */
function notForEnvoy(snapshot: Snapshot): readonly string[] {
  const { istioGateways, virtualServices, destinationRules, sidecarScopes, envoyFilters } = snapshot;
  const kinds = [...istioGateways, ...virtualServices, ...destinationRules, ...sidecarScopes, ...envoyFilters].map(
    ({ kind }) => kind,
  );
  return [...Map.groupBy(kinds, (kind) => kind)].map(
    ([kind, { length }]) =>
      `${kind} (networking.istio.io): ${length === 1 ? "1 object is" : `${length} objects are`} not rendered for plain Envoy`,
  );
}

/** A problem in an object of another kind does not stop the controller: Istio answers such requests itself. */
const own: readonly string[] = ["PriorityLadder", "PriorityPolicy", "RequestQueue"];
const leftToIstio: readonly Reason[] = ["RefNotFound"];

/** Adds problems for any proxy: routes that lead nowhere. */
function inMesh(snapshot: Snapshot, forEnvoy: readonly Verdict[]): readonly Verdict[] {
  return [...translate(snapshot).verdicts, ...forEnvoy.filter(({ reason }) => leftToIstio.includes(reason))];
}
