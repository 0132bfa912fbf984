// In: the world as it is. Out: the objects that the mesh should have, and everything that stands in the way. Pure but for the answers of the preflight.
import type { Manifest } from "../core/manifest.ts";
import type { Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Module } from "../render/istio/filter.ts";
import { renderIstio } from "../render/istio/render.ts";
import { translate } from "../translate/translate.ts";
import { keyOf, summaryOf } from "./object-summary.ts";
import type { CacheState, OwnedObject } from "./ports.ts";
import { type Reach, reachOf } from "./reach.ts";
import { stateWithoutPlan } from "./without-plan.ts";

export type DesiredState = {
  /** Of the world that it was made from. */
  readonly revision: number;
  /** Policy's or ladder's uid → the generation that was read. */
  readonly generations: ReadonlyMap<string, number>;
  readonly plan?: Plan;
  /** By key. Undefined: the last state stays, as the ladder that is there can't be read, or nothing is decided. */
  readonly wanted?: ReadonlyMap<string, OwnedObject>;
  readonly verdicts: readonly Verdict[];
  readonly reach: Reach;
  /** Why nothing is decided: nothing can be said of what was read. */
  readonly undecided?: string;
  /** Namespace → why nothing for it is tried: what its proxies have stays. */
  readonly withheld: ReadonlyMap<string, string>;
  /** The object itself: rendered anew where it was dropped. @throws for a key that is not wanted */
  readonly manifest: (key: string) => Manifest;
  /** Lets go of the objects: what is left is digests. */
  readonly drop: () => void;
};

export type DesiredStateOptions = {
  readonly module: Module;
  readonly installNamespace: string;
  readonly preflight: (manifest: Manifest) => readonly string[];
};

export function desiredStateOf(
  cacheState: CacheState,
  { module, installNamespace, preflight }: DesiredStateOptions,
): DesiredState {
  if (cacheState.snapshot === undefined) return stateWithoutPlan(cacheState);
  const generations = new Map(cacheState.policies.map(({ uid, generation }) => [uid, generation]));
  const { plan, verdicts } = translate(cacheState.snapshot);
  const render = (): Map<string, Manifest> =>
    new Map(renderIstio(plan, { module, installNamespace }).map((manifest) => [keyOf(manifest), manifest]));
  let rendered: Map<string, Manifest> | undefined = render();
  const withheld = new Map<string, string>();
  for (const [key, manifest] of rendered) {
    const [reason] = preflight(manifest);
    if (reason !== undefined)
      withheld.set(manifest.metadata.namespace, `the filter refuses the configuration of ${key}: ${reason}`);
  }
  return {
    ...{ revision: cacheState.revision, generations, plan, withheld, reach: reachOf(plan.gateways) },
    wanted: new Map(
      [...rendered].map(([key, manifest]) => [key, { ref: refOf(manifest), summary: summaryOf(manifest) }]),
    ),
    verdicts: [...cacheState.problems, ...verdicts],
    manifest: (key) => {
      rendered ??= render();
      return rendered.get(key) ?? unknownKey(key);
    },
    drop: () => {
      rendered = undefined;
    },
  };
}

const refOf = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): OwnedObject["ref"] => ({
  ...{ apiVersion, kind, metadata: { name, namespace } },
});

function unknownKey(key: string): never {
  throw new Error(`${key} is not wanted`);
}
