// Makes random VirtualServices with everything that their HTTP routes can say, at sidecars and Istio's gateways.
import type { Json, Thing } from "../protocol.ts";
import { exportTo, header, hostOf, levels, networking, type Place, type Service, subsets, thing } from "./place.ts";
import type { Random } from "./random.ts";

export function virtualServices(place: Place, gateways: readonly string[]): readonly Thing[] {
  const { random, names, namespaces, rootNamespace } = place;
  const count = random.between(0, 5);
  return Array.from({ length: count }, (_, index) => {
    const namespace = random.pick(random.chance(0.1) ? [rootNamespace] : namespaces);
    const target = random.pick(place.services);
    return thing(
      random,
      { apiVersion: networking, kind: "VirtualService", name: names.object(`routes-${index}`), namespace },
      {
        spec: {
          hosts: hosts(place, target, namespace),
          ...random.maybe(0.35, () => ({ gateways: [...random.some(gateways, 2), ...random.some(["mesh"], 1)] })),
          ...exportTo(place),
          http: random.times(1, 3, () => httpRoute(place, target, namespace, gateways)),
        },
      },
    );
  }).concat(delegates(place));
}

function hosts(place: Place, target: Service, namespace: string): readonly string[] {
  const { random, names, services } = place;
  const all = [hostOf(place, target, namespace)];
  if (random.chance(0.2)) all.push(random.pick(services).host);
  if (random.chance(0.15)) all.push(names.host(random.pick(["www.shop.example", "*.shop.example"])));
  if (random.chance(0.1)) return [`*.${target.namespace}.svc.cluster.local`];
  if (random.chance(0.04)) return ["*"];
  return [...new Set(all)];
}

function httpRoute(place: Place, target: Service, namespace: string, gateways: readonly string[]): Json {
  const { random, names } = place;
  const named = random.maybe(0.6, () => ({
    name: names.object(random.pick(["main", "canary", "exports", "default"])),
  }));
  const matches = random.maybe(0.6, () => ({ match: random.times(1, 2, () => match(place, gateways)) }));
  const special = random.next();
  if (special < 0.06)
    return { ...named, ...matches, redirect: { uri: "/moved", ...random.maybe(0.5, () => ({ redirectCode: 302 })) } };
  if (special < 0.1) return { ...named, ...matches, directResponse: { status: 503 } };
  if (special < 0.16)
    return {
      ...named,
      ...matches,
      delegate: { name: names.object(random.pick(["delegate-0", "delegate-1", "nobody"])), namespace },
    };
  return { ...named, ...matches, ...action(place, namespace), route: destinations(place, target, namespace) };
}

function match({ random, names, namespaces }: Place, gateways: readonly string[]): Json {
  const path = random.pick(["/", "/reviews", "/export/all"]);
  return {
    ...random.maybe(0.25, () => ({ name: names.object(random.pick(["first", "second"])) })),
    ...random.maybe(0.7, () => ({ uri: random.pick([{ prefix: path }, { exact: path }, { regex: "/x.*" }]) })),
    ...random.maybe(0.2, () => ({ headers: { "x-user": random.pick([{ exact: "jason" }, { regex: "j.*" }]) } })),
    ...random.maybe(0.05, () => ({ headers: { [header]: { exact: names.level(random.pick(levels)) } } })),
    ...random.maybe(0.1, () => ({ method: { exact: "GET" } })),
    ...random.maybe(0.1, () => ({ port: random.pick([80, 9080]) })),
    ...random.maybe(0.1, () => ({ sourceLabels: { app: random.pick(["client", names.label("reviews")]) } })),
    ...random.maybe(0.1, () => ({ sourceNamespace: random.pick(namespaces) })),
    ...random.maybe(0.1, () => ({ gateways: [random.pick([...gateways, "mesh"])] })),
    ...random.maybe(0.05, () => ({ ignoreUriCase: true })),
    ...random.maybe(0.05, () => ({ queryParams: { q: { exact: "1" } } })),
    ...random.maybe(0.04, () => ({ withoutHeaders: { "x-user": { exact: "jason" } } })),
    ...random.maybe(0.04, () => ({ authority: { exact: "reviews" } })),
    ...random.maybe(0.04, () => ({ statPrefix: "exports" })),
  };
}

function action(place: Place, namespace: string): Json {
  const { random, services } = place;
  return {
    ...random.maybe(0.25, () => ({ timeout: random.pick(["3s", "0.25s"]) })),
    ...random.maybe(0.25, () => ({ retries: retries(random) })),
    ...random.maybe(0.1, () => ({ fault: { abort: { percentage: { value: 5 }, httpStatus: 500 } } })),
    ...random.maybe(0.08, () => ({ corsPolicy: { allowOrigins: [{ exact: "https://shop.example" }], maxAge: "24h" } })),
    ...random.maybe(0.12, () => ({ rewrite: rewrite(random) })),
    ...random.maybe(0.06, () => ({
      mirror: { host: hostOf(place, random.pick(services), namespace) },
      mirrorPercentage: { value: 10 },
    })),
    ...random.maybe(0.1, () => ({ headers: headerOperations(random) })),
  };
}

const headerOperations = (random: Random): Json => ({
  [random.pick(["request", "response"])]: random.pick([
    { set: { "x-a": "1" } },
    { add: { "x-b": "2" } },
    { remove: ["x-c"] },
  ]),
});

const rewrite = (random: Random): Json =>
  random.pick([
    { uri: "/" },
    { uri: "/v2" },
    { authority: "other.example" },
    { uri: "/v2", authority: "other.example" },
    { uriRegexRewrite: { match: "^/x(.*)", rewrite: "/y\\1" } },
  ]);

const retries = (random: Random): Json =>
  random.chance(0.2) ? { attempts: 0 } : { attempts: random.pick([1, 5]), ...retried(random) };

const retried = (random: Random): Json => ({
  ...random.maybe(0.5, () => ({ perTryTimeout: "0.5s" })),
  ...random.maybe(0.5, () => ({ retryOn: random.pick(["5xx,connect-failure", "503", "gateway-error,reset"]) })),
  ...random.maybe(0.2, () => ({ backoff: "50ms" })),
  ...random.maybe(0.2, () => ({ retryRemoteLocalities: true })),
});

function destinations(place: Place, target: Service, namespace: string): readonly Json[] {
  const { random, services } = place;
  const count = random.chance(0.3) ? 2 : 1;
  return Array.from({ length: count }, (_, index) => {
    const service = random.chance(0.7) ? target : random.pick(services);
    return {
      destination: {
        host: hostOf(place, service, namespace),
        ...random.maybe(0.4, () => ({ subset: random.pick([...subsets, "missing"]) })),
        ...random.maybe(0.5, () => ({ port: { number: random.pick(service.ports).number } })),
      },
      ...(count === 1 ? {} : { weight: index === 0 ? 90 : 10 }),
      ...random.maybe(0.05, () => ({ headers: headerOperations(random) })),
    };
  });
}

/** Delegates, to which other VirtualServices hand routes: they have no hosts of their own. */
function delegates(place: Place): readonly Thing[] {
  const { random, names, namespaces, services } = place;
  return random.times(0, 2, (index) => {
    const namespace = random.pick(namespaces);
    const http = random.times(1, 2, () => {
      const { delegate: _, ...route } = httpRoute(place, random.pick(services), namespace, []);
      return { route: destinations(place, random.pick(services), namespace), ...route };
    });
    const plain = http.map(({ redirect, directResponse, route, ...rest }: Json) =>
      redirect !== undefined
        ? { ...rest, redirect }
        : directResponse !== undefined
          ? { ...rest, directResponse }
          : { ...rest, route },
    );
    return thing(
      random,
      { apiVersion: networking, kind: "VirtualService", name: names.object(`delegate-${index}`), namespace },
      {
        spec: { http: plain },
      },
    );
  });
}
