// In: the world as it is. Out: the objects that the mesh should have, and everything that stands in the way. Pure but for the answers of the preflight.
import type { Manifest } from "../core/manifest.ts";
import type { Plan } from "../core/plan.ts";
import type { DefaultRoute, Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Module } from "../render/istio/filter.ts";
import { renderIstio } from "../render/istio/render.ts";
import { translate } from "../translate/translate.ts";
import { keyOf } from "./applied.ts";
import type { World } from "./ports.ts";

export type Intent = {
  readonly plan?: Plan;
  /** Undefined: the last state stays, as the ladder that is there can't be read. */
  readonly wanted?: readonly Manifest[];
  readonly verdicts: readonly Verdict[];
  /** Namespace → why an object for it is not even tried. */
  readonly withheld: ReadonlyMap<string, string>;
};

export type Means = {
  readonly module: Module;
  readonly installNamespace: string;
  readonly preflight: (manifest: Manifest) => readonly string[];
  /** As the snapshot's; undefined while nobody could be asked. */
  readonly defaultRoutes: () => readonly DefaultRoute[] | undefined;
};

function withRoutes(snapshot: Snapshot, defaultRoutes: readonly DefaultRoute[] | undefined): Snapshot {
  return defaultRoutes === undefined ? snapshot : { ...snapshot, defaultRoutes };
}

export function intentOf(world: World, { module, installNamespace, preflight, defaultRoutes }: Means): Intent {
  if (world.snapshot === undefined) {
    const isUnreadable = world.policies.some(({ ref }) => ref.kind === "PriorityLadder" && ref.name === "default");
    const none = { verdicts: world.problems, withheld: new Map<string, string>() };
    return isUnreadable ? none : { ...none, wanted: [] };
  }
  const { plan, verdicts } = translate(withRoutes(world.snapshot, defaultRoutes()));
  const rendered = renderIstio(plan, { module, installNamespace });
  const refused = rendered.flatMap((manifest) => {
    const [reason] = preflight(manifest);
    return reason === undefined ? [] : [{ manifest, reason }];
  });
  const withheld = new Map(
    refused.map(({ manifest, reason }) => [
      manifest.metadata.namespace,
      `the filter refuses the configuration of ${keyOf(manifest)}: ${reason}`,
    ]),
  );
  // What proxies have of a namespace stays: its objects are left out of the writes by the loop.
  return { plan, wanted: rendered, verdicts: [...world.problems, ...verdicts], withheld };
}
