// Makes random namespaces, Services of every kind, ServiceEntries, and pods with and without a Service.
import type { Thing } from "../protocol.ts";
import { levels, networking, type Place, type Port, type Service, thing } from "./place.ts";

const names = ["reviews", "ratings", "pages", "reviews-shop", "api"];
const ports: readonly Port[] = [
  { number: 80, name: "http", isHttp: true },
  { number: 9080, name: "http-web", isHttp: true },
  { number: 9080, name: "grpc-api", isHttp: true },
  { number: 9090, name: "http2", isHttp: true },
  { number: 9091, name: "", isHttp: true },
  { number: 9092, name: "tcp-db", isHttp: false },
];

export function servicesOf(
  { random, names: { label } }: Pick<Place, "random" | "names">,
  namespaces: readonly string[],
): readonly Service[] {
  const all = namespaces.flatMap((namespace) => names.map((name) => ({ name: label(name), namespace })));
  const chosen = random.some(all, 5);
  return (chosen.length === 0 ? all.slice(0, 1) : chosen).map(({ name, namespace }) => {
    const found = random.times(1, 3, () => random.pick(ports));
    const unlike = [...new Map(found.map((port) => [port.number, port])).values()];
    const host = `${name}.${namespace}.svc.cluster.local`;
    return { name, namespace, host, ports: unlike.length === 1 ? unlike : unlike.filter((port) => port.name !== "") };
  });
}

export function namespaceObjects({ random, namespaces, rootNamespace }: Place): readonly Thing[] {
  return [rootNamespace, ...namespaces].map((name) => {
    const isEnrolled = name !== rootNamespace && random.chance(0.85);
    const labels = isEnrolled ? { labels: { "expedite.dev/enrolled": "true" } } : {};
    return { apiVersion: "v1", kind: "Namespace", metadata: { name, ...labels } };
  });
}

export function serviceObjects(place: Place): readonly Thing[] {
  return place.services.flatMap((service, index) => [
    serviceObject(place, service, index),
    ...pods(place, service, index),
  ]);
}

function serviceObject(
  { random, names, namespaces }: Place,
  { name, namespace, ports }: Service,
  index: number,
): Thing {
  const annotations = { "networking.istio.io/exportTo": random.pick([".", "*", namespaces[0]!, "~"]) };
  const labels = { "istio.io/persistent-session": "session" };
  const kind = random.next();
  const address =
    kind < 0.06
      ? { type: "ExternalName", externalName: names.host("www.shop.example") }
      : { clusterIP: kind < 0.16 ? "None" : `10.96.0.${index + 1}` };
  return thing(
    random,
    { apiVersion: "v1", kind: "Service", name, namespace },
    {
      metadata: { ...random.maybe(0.15, () => ({ annotations })), ...random.maybe(0.06, () => ({ labels })) },
      spec: {
        ...address,
        selector: { app: name },
        ports: ports.map((port) => ({
          ...(port.name === "" ? {} : { name: port.name }),
          ...{ port: port.number, targetPort: port.number, protocol: "TCP" },
        })),
      },
    },
  );
}

function pods({ random, names }: Place, { name, namespace, ports }: Service, index: number): readonly Thing[] {
  const level = names.level(random.pick(levels.slice(1)));
  return random.times(0, 1, (at) => {
    const labels = {
      ...{ app: name, version: random.pick(["v1", "v2"]) },
      ...random.maybe(0.25, () => ({ "expedite.dev/level": level })),
    };
    return pod({
      name: `${name}-${at}`,
      namespace,
      podIP: `10.1.${index}.${at + 1}`,
      labels,
      ports: ports.map((port) => port.number),
    });
  });
}

type PodFields = Readonly<Record<"name" | "namespace" | "podIP", string>> & {
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
};

export function pod({ name, namespace, podIP, labels, ports }: PodFields): Thing {
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels } },
    spec: { containers: [{ name: "app", image: "app", ports: ports.map((containerPort) => ({ containerPort })) }] },
    status: { phase: "Running", podIP, podIPs: [{ ip: podIP }], conditions: [{ type: "Ready", status: "True" }] },
  };
}

export function serviceEntries({ random, names, namespaces }: Place): readonly Thing[] {
  return random.times(0, 1, () =>
    thing(
      random,
      {
        apiVersion: networking,
        kind: "ServiceEntry",
        name: names.object("outside"),
        namespace: random.pick(namespaces),
      },
      {
        spec: {
          hosts: [names.host(random.pick(["www.shop.example", "*.wild.example"]))],
          location: "MESH_EXTERNAL",
          ports: [{ number: 80, name: "http", protocol: "HTTP" }],
          resolution: random.pick(["NONE", "NONE", "STATIC"]),
          ...random.maybe(0.2, () => ({ exportTo: ["."] })),
        },
      },
    ),
  );
}
