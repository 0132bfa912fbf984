// Makes the objects that Expedite writes for a mesh, with its controller's own code, and the form in which Istio gets them.
import type { Manifest } from "@expedite/control-plane/src/core/manifest.ts";
import type { Verdict } from "@expedite/control-plane/src/core/verdict.ts";
import { loadSnapshot } from "@expedite/control-plane/src/files/snapshot.ts";
import { type Module, moduleOf } from "@expedite/control-plane/src/render/istio/filter.ts";
import { renderIstio } from "@expedite/control-plane/src/render/istio/render.ts";
import { translate } from "@expedite/control-plane/src/translate/translate.ts";
import { configMapOf } from "./mesh/files.ts";
import type { Mesh } from "./mesh/mesh.ts";
import type { Thing } from "./protocol.ts";

/** Four bytes, because Istio does not look into a module. */
const module = moduleOf(new Uint8Array([0, 0x61, 0x73, 0x6d]));

const times = { oldest: "2020-01-01T00:00:00Z", newest: "2030-01-01T00:00:00Z" };

export type Ours = {
  readonly destinationRules: readonly Thing[];
  readonly envoyFilters: readonly Thing[];
  /** The header that carries the level. */
  readonly header: string;
  /** Reason and message of whatever does not work as written. */
  readonly verdicts: readonly string[];
};

export type Rendered = {
  readonly manifests: readonly Manifest[];
  readonly header: string;
  readonly verdicts: readonly Verdict[];
};

/** As the controller writes them. @throws Error with what the controller refuses to read */
export function renderedFor(mesh: Mesh, filter: Module): Rendered {
  const documents = [configMapOf(mesh), ...mesh.objects].map((value) => ({ value, where: () => "the mesh" }));
  const loaded = loadSnapshot({ documents, problems: [] });
  if ("problems" in loaded) throw new Error(`the controller refuses the mesh: ${loaded.problems.join("; ")}`);
  const { plan, verdicts } = translate(loaded.snapshot);
  const manifests = renderIstio(plan, filter);
  return { manifests, header: plan.header, verdicts };
}

/** @throws Error with what the controller refuses to read */
export function oursFor(mesh: Mesh): Ours {
  const { manifests, header, verdicts } = renderedFor(mesh, module);
  const made = manifests.map(
    (manifest) =>
      ({ ...manifest, metadata: { ...manifest.metadata, creationTimestamp: times[mesh.age] } }) as unknown as Thing,
  );
  return {
    destinationRules: made.filter(({ kind }) => kind === "DestinationRule"),
    envoyFilters: made.filter(({ kind }) => kind === "EnvoyFilter"),
    header,
    verdicts: verdicts.map(({ reason, on, message }) => `${reason}: ${on.kind} ${on.namespace}/${on.name} ${message}`),
  };
}
