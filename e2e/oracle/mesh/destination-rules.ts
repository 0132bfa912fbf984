// Makes random DestinationRules and Sidecars: subsets, policies, scopes.
import type { Json, Thing } from "../protocol.ts";
import { exportTo, hostOf, networking, type Place, subsets, thing } from "./place.ts";
import type { Random } from "./random.ts";

export function destinationRules(place: Place): readonly Thing[] {
  const { random, names, namespaces, rootNamespace, services } = place;
  return random.times(0, 5, (index) => {
    const target = random.pick(services);
    const everywhere = [target.namespace, target.namespace, ...namespaces, rootNamespace];
    const namespace = random.pick(everywhere);
    const host = random.chance(0.12)
      ? random.pick(["*.local", `*.${target.namespace}.svc.cluster.local`, "*"])
      : hostOf(place, target, namespace);
    return thing(
      random,
      { apiVersion: networking, kind: "DestinationRule", name: names.object(`rule-${index}`), namespace },
      {
        spec: {
          host,
          ...random.pick([
            {},
            {},
            {},
            { workloadSelector: { matchLabels: { app: "client" } } },
            exportTo(place),
            exportTo(place),
          ]),
          ...random.maybe(0.4, () => ({ trafficPolicy: policy(random, true) })),
          ...random.maybe(0.8, () => ({ subsets: random.some(subsets, 3).map((name) => subset(random, name)) })),
        },
      },
    );
  });
}

function subset(random: Random, name: string): Json {
  const labels = random.pick([{ version: name.slice(0, 2) }, { version: "v1", app: "reviews" }, {}]);
  return { name, labels, ...random.maybe(0.25, () => ({ trafficPolicy: policy(random, false) })) };
}

function policy(random: Random, hasPorts: boolean): Json {
  const chosen: Json = {
    ...random.maybe(0.3, () => ({ connectionPool: { tcp: { maxConnections: 7 }, http: { http2MaxRequests: 9 } } })),
    ...random.maybe(0.2, () => ({ outlierDetection: { consecutive5xxErrors: 3, interval: "5s" } })),
    ...random.maybe(0.12, () => ({ loadBalancer: { consistentHash: { httpHeaderName: "x-user" } } })),
    ...random.maybe(0.12, () => ({ loadBalancer: { simple: "LEAST_REQUEST" } })),
    ...random.maybe(0.2, () => ({ tls: tls(random) })),
  };
  // Istio refuses a policy without a field.
  const fields = Object.keys(chosen).length === 0 ? { loadBalancer: { simple: "RANDOM" } } : chosen;
  if (!hasPorts || !random.chance(0.25)) return fields;
  const port = { number: random.pick([80, 9080]) };
  return { ...fields, portLevelSettings: [{ port, ...policy(random, false) }] };
}

const tls = (random: Random): Json =>
  random.pick([
    { mode: "ISTIO_MUTUAL" },
    { mode: "DISABLE" },
    { mode: "SIMPLE", caCertificates: "/etc/ca.pem", sni: "reviews.example" },
  ]);

export function sidecars({ random, names, namespaces, rootNamespace }: Place): readonly Thing[] {
  return random.times(0, 2, (index) => {
    const namespace = random.pick([...namespaces, ...namespaces, rootNamespace]);
    const hosts = [
      ["./*"],
      ["./*", `${namespaces[0]}/*`],
      ["*/*"],
      [`*/${names.label("reviews")}.${namespaces[0]}.svc.cluster.local`],
    ];
    return thing(
      random,
      { apiVersion: networking, kind: "Sidecar", name: names.object(`scope-${index}`), namespace },
      {
        spec: {
          egress: [{ hosts: random.pick(hosts) }],
          ...random.maybe(0.3, () => ({ workloadSelector: { labels: { app: "client" } } })),
          ...random.maybe(0.2, () => ({ outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } })),
        },
      },
    );
  });
}
