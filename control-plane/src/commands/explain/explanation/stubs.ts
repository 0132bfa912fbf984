// Adds stubs to the Snapshot of some files: for each target of a policy that the files lack, an object that serves every host.
import { istioGateway, virtualService } from "../../../api/istio.ts";
import { service, type Workload, workload } from "../../../api/kubernetes.ts";
import { listenerSet, meshGateway, meshRoute } from "../../../api/mesh-gateway.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import type { ObjectRef } from "../../../core/verdict.ts";
import { gatewaysOf } from "../../../translate/gateways/istio-attachment.ts";
import { gatewayGroup, istioGroup } from "../../../translate/policies/targets.ts";

type Completed = { readonly snapshot: Snapshot; readonly made: readonly ObjectRef[] };

const gatewayApi = `${gatewayGroup}/v1`;
const istioApi = `${istioGroup}/v1`;

/** Stubs serve every host, so that a policy can be explained without the objects around it. */
export function withStubs(snapshot: Snapshot): Completed {
  const services = missing([...targetsOf(snapshot, "", "Service"), ...queuedServices(snapshot)], snapshot.services);
  const madeServices = services.map((metadata) =>
    // With a selector, because without one it would have no pods that could have a queue.
    service.parse({
      ...{ apiVersion: "v1", kind: "Service", metadata },
      spec: { selector: { app: metadata.name }, ports: [{ port: 80 }] },
    }),
  );
  const workloads = withTargets(snapshot);
  const withRoutes = withIstio(withGatewayApi({ snapshot, made: [] }));
  return {
    snapshot: { ...withRoutes.snapshot, services: [...snapshot.services, ...madeServices], workloads },
    made: [...withRoutes.made, ...named("Service", services)],
  };
}

function withGatewayApi({ snapshot, made }: Completed): Completed {
  const there = (kind: string) => snapshot.routes.filter((route) => route.kind === kind);
  const wanted = (["HTTPRoute", "GRPCRoute"] as const).map((kind) => ({
    kind,
    refs: missing(targetsOf(snapshot, gatewayGroup, kind), there(kind)),
  }));
  const parents = parentsOf(snapshot);
  const sets = missing(refsOf(parents, "ListenerSet"), snapshot.listenerSets ?? []);
  const gateways = missing(
    [...targetsOf(snapshot, gatewayGroup, "Gateway"), ...refsOf(parents, "Gateway"), ...gatewaysOfSets(snapshot)],
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
  const all = [...gateways, ...routes.map(({ metadata }) => gatewayOf(metadata)), ...sets.map(gatewayOf)];
  const allowedListeners = { namespaces: { from: "All" } };
  return {
    snapshot: {
      ...snapshot,
      gateways: [
        ...snapshot.gateways,
        ...all.map((metadata) =>
          meshGateway.parse({
            ...{ apiVersion: gatewayApi, kind: "Gateway", metadata },
            spec: { allowedListeners, listeners: listenersFor(parents, "Gateway", metadata) },
          }),
        ),
      ],
      listenerSets: [
        ...(snapshot.listenerSets ?? []),
        ...sets.map((metadata) =>
          listenerSet.parse({
            ...{ apiVersion: gatewayApi, kind: "ListenerSet", metadata },
            spec: {
              parentRef: { name: gatewayOf(metadata).name },
              listeners: listenersFor(parents, "ListenerSet", metadata),
            },
          }),
        ),
      ],
      routes: [...snapshot.routes, ...routes],
    },
    made: [
      ...made,
      ...named("Gateway", gateways),
      ...named("ListenerSet", sets),
      ...wanted.flatMap(({ kind, refs }) => named(kind, refs)),
    ],
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

/** The wanted objects that are missing, once each. */
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

function queuedServices({ queues }: Snapshot): Ref[] {
  return queues.flatMap(({ metadata: { namespace }, spec }) =>
    spec.targetRefs.filter(({ kind }) => kind === "Service").map(({ name }) => ({ namespace, name })),
  );
}

/** The workloads, and those that queues target and the files lack, which do nothing but exist. */
function withTargets({ queues, workloads = [] }: Snapshot): readonly Workload[] {
  const id = ({ kind, metadata: { namespace, name } }: Workload): string => `${kind} ${namespace}/${name}`;
  const wanted = queues.flatMap(({ metadata: { namespace }, spec }) =>
    spec.targetRefs
      .filter(({ kind }) => kind !== "Service")
      .map(({ kind, name }) =>
        workload.parse({
          ...{ apiVersion: "apps/v1", kind, metadata: { namespace, name } },
          spec: { selector: { matchLabels: { app: name } } },
        }),
      ),
  );
  return [...new Map([...wanted, ...workloads].map((one) => [id(one), one])).values()];
}

type Parent = Ref & { readonly kind: string; readonly sectionName?: string; readonly port?: number };

function parentsOf({ routes }: Snapshot): readonly Parent[] {
  return routes.flatMap(({ metadata, spec }) =>
    spec.parentRefs.map(({ kind = "Gateway", name, namespace = metadata.namespace, sectionName, port }) => ({
      ...{ kind, namespace, name },
      ...(sectionName === undefined ? {} : { sectionName }),
      ...(port === undefined ? {} : { port }),
    })),
  );
}

function refsOf(parents: readonly Parent[], kind: string): Ref[] {
  return parents.filter((parent) => parent.kind === kind).map(({ namespace, name }) => ({ namespace, name }));
}

function gatewaysOfSets({ listenerSets = [] }: Snapshot): Ref[] {
  return listenerSets.map(({ metadata, spec: { parentRef } }) => ({
    namespace: parentRef.namespace ?? metadata.namespace,
    name: parentRef.name,
  }));
}

/** One listener for each section and port that a route names, and one for routes that name neither. */
function listenersFor(parents: readonly Parent[], kind: string, { namespace, name }: Ref): readonly object[] {
  const named = parents
    .filter((parent) => parent.kind === kind && parent.namespace === namespace && parent.name === name)
    .map(({ sectionName, port }) => ({ name: sectionName ?? `port-${port ?? 80}`, port: port ?? 80 }));
  const all = named.length === 0 ? [{ name: "http", port: 80 }] : named;
  const listeners = new Map(all.map((listener) => [listener.name, listener]));
  return [...listeners.values()].map((listener) => ({
    ...{ ...listener, protocol: "HTTP" },
    allowedRoutes: { namespaces: { from: "All" } },
  }));
}

function gatewayOf({ namespace, name }: Ref): Ref {
  return { namespace, name: `gateway-of-${name}` };
}

function named(kind: string, refs: readonly Ref[]): ObjectRef[] {
  return refs.map((ref) => ({ kind, ...ref }));
}
