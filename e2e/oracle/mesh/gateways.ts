// Makes random gateways of both APIs with their pods, and the Gateway API's routes, at gateways and in the mesh.
import type { Json, Thing } from "../protocol.ts";
import { gatewayApi, header, levels, networking, type Place, thing } from "./place.ts";
import type { Random } from "./random.ts";
import { pod } from "./services.ts";

export type Gateways = {
  readonly objects: readonly Thing[];
  /** Istio's own gateways, as a VirtualService names them. */
  readonly names: readonly string[];
};

const gatewayName = "gateway.networking.k8s.io/gateway-name";

export function gateways(place: Place): Gateways {
  const {
    random,
    names: { object },
    namespaces,
  } = place;
  const objects: Thing[] = [];
  const names: string[] = [];
  if (random.chance(0.5)) {
    const namespace = random.pick(namespaces);
    const servers = random.times(1, 2, (index) => server(place, index));
    objects.push(
      thing(
        random,
        { apiVersion: networking, kind: "Gateway", name: object("edge"), namespace },
        {
          spec: { selector: { istio: "edge" }, servers },
        },
      ),
      pod({ name: "edge-0", namespace, podIP: "10.1.9.1", labels: { istio: "edge", app: "edge" }, ports: [80, 8080] }),
    );
    names.push(`${namespace}/${object("edge")}`);
  }
  if (random.chance(0.4)) objects.push(...apiGateway(place));
  return { objects, names };
}

const server = ({ random, names: { host } }: Place, index: number): Json => ({
  hosts: random.pick([["*"], [host("www.shop.example")], [host("*.shop.example"), "reviews.shop.svc.cluster.local"]]),
  port: { number: [80, 8080][index], name: `http-${index}`, protocol: random.pick(["HTTP", "HTTP", "HTTP2"]) },
});

function apiGateway({ random, names, namespaces }: Place): readonly Thing[] {
  const namespace = random.pick(namespaces);
  const front = names.label("front");
  const labels = { [gatewayName]: front };
  const listener = {
    name: "http",
    port: 80,
    protocol: "HTTP",
    allowedRoutes: { namespaces: { from: random.pick(["All", "Same"]) } },
  };
  const hostname = random.maybe(0.3, () => ({ hostname: names.host("*.shop.example") }));
  return [
    thing(
      random,
      { apiVersion: gatewayApi, kind: "Gateway", name: front, namespace },
      {
        spec: { gatewayClassName: "istio", listeners: [{ ...listener, ...hostname }] },
      },
    ),
    thing(
      random,
      { apiVersion: "v1", kind: "Service", name: "front-istio", namespace },
      {
        metadata: { labels },
        spec: {
          ...{ clusterIP: "10.96.1.1", selector: labels },
          ports: [{ name: "http", port: 80, targetPort: 80, protocol: "TCP" }],
        },
      },
    ),
    pod({ name: "front-istio-0", namespace, podIP: "10.1.9.2", labels, ports: [80] }),
  ];
}

/** @param api the Gateway API's Gateways */
export function routes(place: Place, api: readonly Thing[]): readonly Thing[] {
  const { random, names, namespaces } = place;
  const [front] = api.filter(({ kind, apiVersion }) => kind === "Gateway" && apiVersion === gatewayApi);
  return random.times(0, 3, (index) => {
    const namespace = random.pick(namespaces);
    const isAtGateway = front !== undefined && random.chance(0.6);
    const kind = random.chance(0.25) ? "GRPCRoute" : "HTTPRoute";
    return thing(
      random,
      { apiVersion: gatewayApi, kind, name: names.object(`route-${index}`), namespace },
      {
        spec: {
          parentRefs: [
            isAtGateway ? { name: front.metadata.name, namespace: front.metadata.namespace } : serviceRef(place),
          ],
          ...(isAtGateway
            ? random.maybe(0.7, () => ({
                hostnames: random.pick([["www.shop.example"], ["a.shop.example", "b.example"]]).map(names.host),
              }))
            : {}),
          rules: random.times(1, 3, () => rule(place, kind)),
        },
      },
    );
  });
}

function serviceRef({ random, services }: Place): Json {
  const { name, namespace, ports } = random.pick(services);
  return {
    group: "",
    kind: "Service",
    name,
    namespace,
    ...random.maybe(0.7, () => ({ port: random.pick(ports).number })),
  };
}

function rule(place: Place, kind: string): Json {
  const { random, names } = place;
  const isHttp = kind === "HTTPRoute";
  return {
    ...random.maybe(0.2, () => ({ name: names.object(random.pick(["main", "other"])) })),
    ...random.maybe(0.7, () => ({
      matches: random.times(1, 2, () => (isHttp ? httpMatch(place) : grpcMatch(random))),
    })),
    ...random.maybe(0.2, () => ({ filters: [filter(random, isHttp)] })),
    ...(isHttp
      ? random.maybe(0.2, () => ({
          timeouts: random.pick([{ request: "2s" }, { request: "2s", backendRequest: "1s" }]),
        }))
      : {}),
    ...(isHttp ? random.maybe(0.1, () => ({ retry: { attempts: 2, codes: [503], backoff: "100ms" } })) : {}),
    backendRefs: random.times(1, 2, () => backend(place)),
  };
}

const httpMatch = ({ random, names }: Place): Json => ({
  path: random.pick([
    { type: "PathPrefix", value: "/reviews" },
    { type: "Exact", value: "/x" },
    { type: "PathPrefix", value: "/" },
  ]),
  ...random.maybe(0.2, () => ({
    headers: [{ name: random.pick(["x-user", "x-user", header]), value: names.level(random.pick(levels)) }],
  })),
  ...random.maybe(0.1, () => ({ method: "GET" })),
});

const grpcMatch = (random: Random): Json => ({
  method: random.pick([{ service: "a.B" }, { service: "a.B", method: "C" }]),
});

const filter = (random: Random, isHttp: boolean): Json =>
  random.pick([
    { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-a", value: "1" }] } },
    { type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["x-c"] } },
    ...(isHttp
      ? [
          { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v2" } } },
          { type: "URLRewrite", urlRewrite: { hostname: "other.example" } },
          { type: "RequestRedirect", requestRedirect: { statusCode: 301, hostname: "moved.example" } },
        ]
      : []),
  ]);

function backend({ random, services }: Place): Json {
  const { name, namespace, ports } = random.pick(services);
  const weight = random.maybe(0.4, () => ({ weight: random.pick([0, 10, 90]) }));
  const to = random.chance(0.1) ? { name: "nobody" } : { name, namespace };
  return { ...to, port: random.pick(ports).number, ...weight };
}
