// Adds stubs to the Snapshot of some files: for each target of a policy that the files leave out, an object that serves every host.
import { istioGateway, virtualService } from "../../../api/istio.ts";
import { service } from "../../../api/kubernetes.ts";
import { meshGateway, meshRoute } from "../../../api/mesh-gateway.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import type { ObjectRef } from "../../../core/verdict.ts";
import { gatewaysOf } from "../../../translate/gateways/istio-attachment.ts";
import { gatewayGroup, istioGroup } from "../../../translate/policies/targets.ts";

type Completed = { readonly snapshot: Snapshot; readonly made: readonly ObjectRef[] };

const gatewayApi = `${gatewayGroup}/v1`;
const istioApi = `${istioGroup}/v1`;

/** What serves every host: a policy can be asked about before, and without, the objects around it. */
export function withStubs(snapshot: Snapshot): Completed {
  const services = missing(targetsOf(snapshot, "", "Service"), snapshot.services);
  const madeServices = services.map((metadata) =>
    service.parse({ apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } }),
  );
  const withRoutes = withIstio(withGatewayApi({ snapshot, made: [] }));
  return {
    snapshot: { ...withRoutes.snapshot, services: [...snapshot.services, ...madeServices] },
    made: [...withRoutes.made, ...named("Service", services)],
  };
}

function withGatewayApi({ snapshot, made }: Completed): Completed {
  const there = (kind: string) => snapshot.routes.filter((route) => route.kind === kind);
  const wanted = (["HTTPRoute", "GRPCRoute"] as const).map((kind) => ({
    kind,
    refs: missing(targetsOf(snapshot, gatewayGroup, kind), there(kind)),
  }));
  const gateways = missing(
    [...targetsOf(snapshot, gatewayGroup, "Gateway"), ...parentsOf(snapshot)],
    snapshot.gateways,
  );
  const routes = wanted.flatMap(({ kind, refs }) =>
    refs.map((metadata) =>
      meshRoute.parse({
        ...{ apiVersion: gatewayApi, kind, metadata },
        spec: {
          parentRefs: [{ name: gatewayOf(metadata).name }],
          rules: [{ backendRefs: [{ name: "any", port: 80 }] }],
        },
      }),
    ),
  );
  const all = [...gateways, ...routes.map(({ metadata }) => gatewayOf(metadata))];
  const listener = { name: "http", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } };
  return {
    snapshot: {
      ...snapshot,
      gateways: [
        ...snapshot.gateways,
        ...all.map((metadata) =>
          meshGateway.parse({ apiVersion: gatewayApi, kind: "Gateway", metadata, spec: { listeners: [listener] } }),
        ),
      ],
      routes: [...snapshot.routes, ...routes],
    },
    made: [...made, ...named("Gateway", gateways), ...wanted.flatMap(({ kind, refs }) => named(kind, refs))],
  };
}

function withIstio({ snapshot, made }: Completed): Completed {
  const services = missing(targetsOf(snapshot, istioGroup, "VirtualService"), snapshot.virtualServices);
  const bound = snapshot.virtualServices.flatMap(gatewaysOf).map((id): Ref => {
    const [namespace = "", name = ""] = id.split("/");
    return { namespace, name };
  });
  const gateways = missing([...targetsOf(snapshot, istioGroup, "Gateway"), ...bound], snapshot.istioGateways);
  const madeServices = services.map((metadata) =>
    virtualService.parse({
      ...{ apiVersion: istioApi, kind: "VirtualService", metadata },
      spec: {
        ...{ hosts: ["*"], gateways: [gatewayOf(metadata).name] },
        http: [{ route: [{ destination: { host: "any" } }] }],
      },
    }),
  );
  const all = [...gateways, ...madeServices.map(({ metadata }) => gatewayOf(metadata))];
  return {
    snapshot: {
      ...snapshot,
      istioGateways: [
        ...snapshot.istioGateways,
        ...all.map((metadata) =>
          istioGateway.parse({
            ...{ apiVersion: istioApi, kind: "Gateway", metadata },
            spec: { selector: { istio: metadata.name }, servers: [{ hosts: ["*"], port: { number: 80 } }] },
          }),
        ),
      ],
      virtualServices: [...snapshot.virtualServices, ...madeServices],
    },
    made: [...made, ...named("Gateway", gateways), ...named("VirtualService", services)],
  };
}

type Ref = { readonly namespace: string; readonly name: string };

/** What is wanted and not there, once each. */
function missing(wanted: readonly Ref[], there: readonly { readonly metadata: Ref }[]): Ref[] {
  const id = ({ namespace, name }: Ref): string => `${namespace}/${name}`;
  const known = there.map(({ metadata }) => id(metadata));
  return [...new Map(wanted.map((ref) => [id(ref), ref])).values()].filter((ref) => !known.includes(id(ref)));
}

function targetsOf({ policies }: Snapshot, group: string, kind: string): Ref[] {
  return policies.flatMap(({ metadata: { namespace }, spec }) =>
    (spec.targetRefs ?? [])
      .filter((ref) => ref.group === group && ref.kind === kind)
      .map(({ name }) => ({ namespace, name })),
  );
}

function parentsOf({ routes }: Snapshot): Ref[] {
  return routes.flatMap(({ metadata, spec }) =>
    spec.parentRefs
      .filter(({ kind = "Gateway" }) => kind === "Gateway")
      .map(({ name, namespace = metadata.namespace }) => ({ namespace, name })),
  );
}

function gatewayOf({ namespace, name }: Ref): Ref {
  return { namespace, name: `gateway-of-${name}` };
}

function named(kind: string, refs: readonly Ref[]): ObjectRef[] {
  return refs.map((ref) => ({ kind, ...ref }));
}
