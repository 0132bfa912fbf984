// Computes the objects that the mesh should have, and everything that prevents them: translate, render and preflight of one cache state.
// Pure except for the preflight.
import type { Manifest } from "../core/manifest.ts";
import type { GatewayWorkload, Plan } from "../core/plan.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";
import type { Module } from "../render/istio/filter.ts";
import { renderIstio } from "../render/istio/render.ts";
import { writingDefault } from "../translate/default-level.ts";
import { translate } from "../translate/translate.ts";
import { keyOf, summaryOf } from "./object-summary.ts";
import type { Objects } from "./owned-objects.ts";
import type { CacheState, OwnedObject } from "./ports.ts";

/** The namespaces besides its own in which proxies have a policy's rules, by namespace/name of the policy. */
export type Reach = ReadonlyMap<string, ReadonlySet<string>>;

export type DesiredState = {
  /** Revision of the cache state from which it was made. */
  readonly revision: number;
  /** The generation that was read, by uid of the policy or ladder. */
  readonly generations: ReadonlyMap<string, number>;
  readonly plan?: Plan;
  /** By key. Undefined: stored objects stay, because the ladder can't be read or nothing can be decided. */
  readonly wanted?: Objects;
  readonly verdicts: readonly Verdict[];
  readonly reach: Reach;
  /** Why nothing can be decided; then no statuses are known either. */
  readonly undecided?: string;
  /** Why nothing is written, by namespace: its proxies keep what they have. */
  readonly withheld: ReadonlyMap<string, string>;
  /** The object itself, rendered again if it was dropped. @throws for a key that is not wanted */
  readonly manifest: (key: string) => Manifest;
  /** Frees the objects' memory; only their summaries stay. */
  readonly drop: () => void;
  /** The step before proxies classify what comes without a level, and after they did (writes/default-level-rollout.ts). Absent: there are no proxies. */
  readonly writingDefault?: () => DesiredState;
};

export type DesiredStateOptions = {
  readonly module: Module;
  /** Why the filter refuses an object's configuration; empty if it does not. */
  readonly preflight: (manifest: Manifest) => readonly string[];
};

export function desiredStateOf(state: CacheState, options: DesiredStateOptions): DesiredState {
  if (state.snapshot === undefined) return withoutPlan(state);
  const { plan, verdicts } = translate(state.snapshot);
  const whole: DesiredState = {
    revision: state.revision,
    generations: generationsOf(state),
    plan,
    reach: reachOf(plan.gateways),
    verdicts: [...state.problems, ...verdicts],
    ...rendered(plan, options),
  };
  let step: DesiredState | undefined;
  return {
    ...whole,
    writingDefault: () => {
      step ??= { ...whole, ...rendered(writingDefault(plan), options) };
      return step;
    },
  };
}

/** What follows from the objects that the plan's proxies need. */
function rendered(
  plan: Plan,
  { module, preflight }: DesiredStateOptions,
): Pick<DesiredState, "withheld" | "manifest" | "drop"> & { readonly wanted: Objects } {
  const render = (): Map<string, Manifest> =>
    new Map(renderIstio(plan, module).map((manifest) => [keyOf(manifest), manifest]));
  let manifests: Map<string, Manifest> | undefined = render();
  const withheld = new Map<string, string>();
  for (const [key, manifest] of manifests) {
    const [reason] = preflight(manifest);
    if (reason !== undefined)
      withheld.set(manifest.metadata.namespace, `the filter refuses the configuration of ${key}: ${reason}`);
  }
  return {
    withheld,
    wanted: new Map(
      [...manifests].map(([key, manifest]) => [key, { ref: refOf(manifest), summary: summaryOf(manifest) }]),
    ),
    manifest: (key) => {
      manifests ??= render();
      return manifests.get(key) ?? unknownKey(key);
    },
    drop: () => {
      manifests = undefined;
    },
  };
}

/** Without a ladder nothing is wanted. If the ladder can't be read, or not everything is known, stored objects stay. */
function withoutPlan(state: CacheState): DesiredState {
  const { revision, policies, problems, undecided } = state;
  const unchanged: DesiredState = {
    revision,
    generations: generationsOf(state),
    verdicts: problems,
    withheld: new Map(),
    reach: new Map(),
    manifest: unknownKey,
    drop: () => {},
  };
  const isLadder = ({ kind, name }: ObjectRef): boolean => kind === "PriorityLadder" && name === "default";
  if (!policies.some(({ ref }) => isLadder(ref))) return { ...unchanged, wanted: new Map() };
  const isReadable = !problems.some(({ on }) => isLadder(on));
  return isReadable && undecided !== undefined ? { ...unchanged, undecided: undecided } : unchanged;
}

const generationsOf = ({ policies }: CacheState): DesiredState["generations"] =>
  new Map(policies.map(({ uid, generation }) => [uid, generation]));

function reachOf(gateways: readonly GatewayWorkload[]): Reach {
  const found = new Map<string, Set<string>>();
  for (const { namespace, classification } of gateways)
    for (const { policy } of classification.rules)
      if (policy !== "") found.set(policy, (found.get(policy) ?? new Set()).add(namespace));
  return found;
}

const refOf = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): OwnedObject["ref"] => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
});

function unknownKey(key: string): never {
  throw new Error(`${key} is not wanted`);
}
