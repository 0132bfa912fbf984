// In: a Snapshot of some files. Out: the same with what its policies target and the files leave out, and what that is.
import { gateway, httpRoute } from "../api/gateway.ts";
import { service } from "../api/kubernetes.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { ObjectRef } from "../core/verdict.ts";

export type Completed = { readonly snapshot: Snapshot; readonly made: readonly ObjectRef[] };

const gatewayApi = "gateway.networking.k8s.io/v1";

/** What serves every host: a policy can be asked about before, and without, the objects around it. */
export function withLeftOut(snapshot: Snapshot): Completed {
  const gateways = missing([...targetsOf(snapshot, "Gateway"), ...parentsOf(snapshot)], snapshot.gateways);
  const routes = missing(targetsOf(snapshot, "HTTPRoute"), snapshot.routes);
  const services = missing(targetsOf(snapshot, "Service"), snapshot.services);
  const made = [...gateways, ...routes.map(gatewayOf)].map((metadata) =>
    gateway.parse({
      ...{ apiVersion: gatewayApi, kind: "Gateway", metadata },
      spec: { listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
    }),
  );
  const madeRoutes = routes.map((metadata) =>
    httpRoute.parse({
      ...{ apiVersion: gatewayApi, kind: "HTTPRoute", metadata },
      spec: { parentRefs: [{ name: gatewayOf(metadata).name }], rules: [{ backendRefs: [{ name: "any", port: 80 }] }] },
    }),
  );
  const madeServices = services.map((metadata) =>
    service.parse({ apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } }),
  );
  return {
    snapshot: {
      ...snapshot,
      gateways: [...snapshot.gateways, ...made],
      routes: [...snapshot.routes, ...madeRoutes],
      services: [...snapshot.services, ...madeServices],
    },
    made: [...named("Gateway", gateways), ...named("HTTPRoute", routes), ...named("Service", services)],
  };
}

type Ref = { readonly namespace: string; readonly name: string };

/** What is wanted and not there, once each. */
function missing(wanted: readonly Ref[], there: readonly { readonly metadata: Ref }[]): Ref[] {
  const id = ({ namespace, name }: Ref): string => `${namespace}/${name}`;
  const known = there.map(({ metadata }) => id(metadata));
  return [...new Map(wanted.map((ref) => [id(ref), ref])).values()].filter((ref) => !known.includes(id(ref)));
}

function targetsOf({ policies }: Snapshot, kind: string): Ref[] {
  return policies.flatMap(({ metadata: { namespace }, spec }) =>
    (spec.targetRefs ?? []).filter((ref) => ref.kind === kind).map(({ name }) => ({ namespace, name })),
  );
}

function parentsOf({ routes }: Snapshot): Ref[] {
  return routes.flatMap(({ metadata, spec }) =>
    spec.parentRefs.map(({ name, namespace = metadata.namespace }) => ({ namespace, name })),
  );
}

function gatewayOf({ namespace, name }: Ref): Ref {
  return { namespace, name: `gateway-of-${name}` };
}

function named(kind: string, refs: readonly Ref[]): ObjectRef[] {
  return refs.map((ref) => ({ kind, ...ref }));
}
