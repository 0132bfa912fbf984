// In: a mesh. Out: the objects that Expedite makes for it, by its controller's own code, and what Istio is given of them.
import { destinationRule, istioGateway, sidecar, virtualService } from "@expedite/control-plane/src/api/istio.ts";
import { namespace, pod, service } from "@expedite/control-plane/src/api/kubernetes.ts";
import { meshGateway, meshRoute } from "@expedite/control-plane/src/api/mesh-gateway.ts";
import { priorityLadder } from "@expedite/control-plane/src/api/priority-ladder.ts";
import { priorityPolicy } from "@expedite/control-plane/src/api/priority-policy.ts";
import { defaultMeshConfig, type MeshConfig } from "@expedite/control-plane/src/core/mesh-config.ts";
import type { Snapshot } from "@expedite/control-plane/src/core/snapshot.ts";
import { moduleOf } from "@expedite/control-plane/src/render/istio/filter.ts";
import { renderIstio } from "@expedite/control-plane/src/render/istio/render.ts";
import { translate } from "@expedite/control-plane/src/translate/translate.ts";
import type { Mesh } from "./mesh/mesh.ts";
import type { Json, Thing } from "./protocol.ts";

/** Four bytes: what a module does is not Istio's business. */
const module = moduleOf(new Uint8Array([0, 0x61, 0x73, 0x6d]));

/** As the controller reads a cluster's objects; it knows of nothing else in a mesh. */
function snapshotOf({ objects, meshConfig }: Mesh): Snapshot {
  const of = <T>(kinds: RegExp, schema: { readonly parse: (value: unknown) => T }): readonly T[] =>
    objects
      .filter(({ kind, apiVersion }) => kinds.test(`${apiVersion.split("/")[0]} ${kind}`))
      .map((one) => schema.parse(one));
  const [ladder] = of(/ PriorityLadder$/, priorityLadder);
  if (ladder === undefined) throw new Error("the mesh has no PriorityLadder");
  return {
    ladder,
    mesh: factsOf(meshConfig),
    policies: of(/ PriorityPolicy$/, priorityPolicy),
    namespaces: of(/ Namespace$/, namespace),
    services: of(/ Service$/, service),
    pods: of(/ Pod$/, pod),
    gateways: of(/^gateway\.networking\.k8s\.io Gateway$/, meshGateway),
    routes: of(/ (HTTP|GRPC)Route$/, meshRoute),
    istioGateways: of(/^networking\.istio\.io Gateway$/, istioGateway),
    virtualServices: of(/ VirtualService$/, virtualService),
    destinationRules: of(/ DestinationRule$/, destinationRule),
    sidecarScopes: of(/ Sidecar$/, sidecar),
  };
}

const times = { oldest: "2020-01-01T00:00:00Z", newest: "2030-01-01T00:00:00Z" };

export type Ours = {
  readonly destinationRules: readonly Thing[];
  readonly envoyFilters: readonly Thing[];
  /** The header that carries the level. */
  readonly header: string;
  /** Reason and message of what does not work as written. */
  readonly verdicts: readonly string[];
};

/** @throws Error that names what the controller refuses to read */
export function oursFor(mesh: Mesh): Ours {
  const { plan, verdicts } = translate(snapshotOf(mesh));
  const made = renderIstio(plan, { module, installNamespace: "expedite-system" }).map(
    (manifest) =>
      ({ ...manifest, metadata: { ...manifest.metadata, creationTimestamp: times[mesh.age] } }) as unknown as Thing,
  );
  return {
    destinationRules: made.filter(({ kind }) => kind === "DestinationRule"),
    envoyFilters: made.filter(({ kind }) => kind === "EnvoyFilter"),
    header: plan.header,
    verdicts: verdicts.map(({ reason, on, message }) => `${reason}: ${on.kind} ${on.namespace}/${on.name} ${message}`),
  };
}

/** As the controller takes them from istiod's mesh config. */
function factsOf(config: Json): MeshConfig {
  const { rootNamespace, trustDomain, defaultHttpRetryPolicy: defaultRetries } = config as Partial<MeshConfig> & Json;
  const exportTo = (field: string, otherwise: readonly string[]) => (config[field] as readonly string[]) ?? otherwise;
  const { service, virtualService, destinationRule } = defaultMeshConfig.defaultExportTo;
  return {
    ...defaultMeshConfig,
    ...(rootNamespace === undefined ? {} : { rootNamespace }),
    ...(trustDomain === undefined ? {} : { trustDomain }),
    ...(defaultRetries === undefined ? {} : { defaultRetries: defaultRetries as Json }),
    defaultExportTo: {
      service: exportTo("defaultServiceExportTo", service),
      virtualService: exportTo("defaultVirtualServiceExportTo", virtualService),
      destinationRule: exportTo("defaultDestinationRuleExportTo", destinationRule),
    },
  };
}
