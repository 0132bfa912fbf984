// Leaves out what istiod does not see: with discoverySelectors in its mesh config, it ignores every object in other namespaces. Several meshes in one
// cluster divide the namespaces in this way.
import { selects } from "../core/label-selector.ts";
import { isSelected, istiodLabels, revisionLabel } from "../core/labels.ts";
import { isReady } from "../core/ready.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { finding, verdictOn } from "./finding.ts";

/** The snapshot as istiod sees it, and verdicts on what it does not see. */
export function discovered(given: Snapshot): { readonly snapshot: Snapshot; readonly verdicts: readonly Verdict[] } {
  const snapshot = withinMesh(given);
  const seen = new Set<unknown>([...snapshot.policies, ...snapshot.queues]);
  const message = `is not discovered by ${istiodOf(given.mesh)}, whose mesh Expedite serves: its labels match none of the discoverySelectors; label the namespace, or remove this object`;
  const left = [...given.policies, ...given.queues].filter((object) => !seen.has(object));
  return {
    snapshot,
    verdicts: [
      ...left.map((object) => verdictOn(object, finding("NotDiscovered", ["metadata", "namespace"], message))),
      ...otherMeshes(snapshot),
      ...disagreements(snapshot),
    ],
  };
}

type Namespaced = { readonly metadata: { readonly namespace: string } };

function withinMesh(given: Snapshot): Snapshot {
  const { discoverySelectors } = given.mesh;
  if (discoverySelectors === undefined) return given;
  // Files need not contain every namespace. In a cluster each has a label, its name.
  const hidden = new Set(
    given.namespaces
      .filter(
        ({ metadata: { labels } }) => labels !== undefined && !discoverySelectors.some((one) => selects(one, labels)),
      )
      .map(({ metadata }) => metadata.name),
  );
  const visible = <T extends Namespaced>(objects: readonly T[]): readonly T[] =>
    objects.filter(({ metadata }) => !hidden.has(metadata.namespace));
  return {
    ...given,
    policies: visible(given.policies),
    queues: visible(given.queues),
    namespaces: given.namespaces.filter(({ metadata }) => !hidden.has(metadata.name)),
    services: visible(given.services),
    pods: visible(given.pods),
    gateways: visible(given.gateways),
    ...(given.listenerSets === undefined ? {} : { listenerSets: visible(given.listenerSets) }),
    routes: visible(given.routes),
    istioGateways: visible(given.istioGateways),
    virtualServices: visible(given.virtualServices),
    destinationRules: visible(given.destinationRules),
    sidecarScopes: visible(given.sidecarScopes),
    envoyFilters: visible(given.envoyFilters),
  };
}

const istiodOf = ({ istiodNamespace }: Snapshot["mesh"]): string =>
  istiodNamespace === undefined ? "istiod" : `istiod in ${istiodNamespace}`;

/** Another istiod in a namespace that this one discovers too: nothing divides the namespaces between the two. */
function otherMeshes({ ladder, mesh: { istiodNamespace }, pods }: Snapshot): readonly Verdict[] {
  if (istiodNamespace === undefined) return [];
  const others = pods
    .filter(({ metadata }) => metadata.namespace !== istiodNamespace && isSelected(istiodLabels, metadata.labels))
    .filter((pod) => pod.metadata.labels?.[revisionLabel] !== undefined && isReady(pod))
    .map(({ metadata }) => metadata.namespace);
  if (others.length === 0) return [];
  const namespaces = [...new Set(others)].sort().join(", ");
  const message = `istiod also runs in ${namespaces}: its proxies get what Expedite writes for those of ${istiodNamespace}, and are not counted; divide the namespaces by discoverySelectors`;
  return [onLadder(ladder, "SeveralMeshes", message)];
}

function disagreements({ ladder, mesh }: Snapshot): readonly Verdict[] {
  if (mesh.disagreements === undefined) return [];
  const message = `${istiodOf(mesh)} disagrees with itself on ${mesh.disagreements.join(", ")}: what was used before stays, or else what most pods say; give every revision the same mesh config`;
  return [onLadder(ladder, "MeshConfigsDiffer", message)];
}

function onLadder({ metadata: { name } }: Snapshot["ladder"], reason: Verdict["reason"], message: string): Verdict {
  return { on: { kind: "PriorityLadder", name }, reason, field: ["spec"], message };
}
