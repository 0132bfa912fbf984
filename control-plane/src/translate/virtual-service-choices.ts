// In: VirtualServices with their hosts at one gateway. Out: which of their routes choose by level there, and which can't.
import type { VirtualService } from "../api/istio.ts";
import type { Destination, RouteChoice } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { DivisibleHost } from "./divisible-hosts.ts";
import { isVisible } from "./gateway-choices.ts";
import { gatewayName } from "./virtual-service-hosts.ts";
import { fullName } from "./visibility.ts";

type HttpRoute = VirtualService["spec"]["http"][number];
/** `gateways`: namespace/name of those by which the hosts are reached. */
export type ServiceAtGateway = {
  readonly service: VirtualService;
  readonly hosts: readonly string[];
  readonly gateways: ReadonlySet<string>;
};
type Choices = { readonly choices: readonly RouteChoice[]; readonly verdicts: readonly Verdict[] };
type RouteAtGateway = {
  readonly service: VirtualService;
  readonly index: number;
  readonly route: HttpRoute;
  readonly destination: Destination | undefined;
};

/**
 * Of one host Envoy has one virtual host with the routes of all VirtualServices that name it.
 * @param namespace of the gateway's proxies
 * @param ports of Services by full name, all of them
 */
export function virtualServiceChoices(
  served: readonly ServiceAtGateway[],
  namespace: string,
  hosts: ReadonlyMap<string, DivisibleHost>,
  ports: ReadonlyMap<string, readonly number[]>,
): Choices {
  const claims = served.flatMap((one) => one.hosts.map((host) => ({ host, one })));
  const found = [...Map.groupBy(claims, ({ host }) => host)].map(([domain, all]): Choices => {
    const routes = all.flatMap(({ one }) =>
      routesAt(one).map(({ route, index }): RouteAtGateway => {
        const destination = destinationOf(route, one.service, hosts, ports);
        const isSeen = destination !== undefined && isVisible(hosts.get(destination.host), namespace);
        return { service: one.service, route, index, destination: isSeen ? destination : undefined };
      }),
    );
    return chosen(domain, routes);
  });
  return {
    choices: found.flatMap(({ choices }) => choices),
    verdicts: found.flatMap(({ verdicts }) => verdicts),
  };
}

/** Without routes whose matches are all for other gateways. */
function routesAt({ service, gateways }: ServiceAtGateway) {
  const isHere = (name: string): boolean => gateways.has(gatewayName(name, service.metadata.namespace));
  return service.spec.http
    .map((route, index) => ({ route, index }))
    .filter(
      ({ route: { match } }) =>
        match.length === 0 || match.some((one) => one.gateways.length === 0 || one.gateways.some(isHere)),
    );
}

function chosen(domain: string, routes: readonly RouteAtGateway[]): Choices {
  const first = routes[0]?.destination;
  const alike = routes.every(({ destination }) => JSON.stringify(destination) === JSON.stringify(first));
  if (first !== undefined && alike) return { choices: [choice(domain, first)], verdicts: [] };
  const names = Map.groupBy(routes, ({ route }) => route.name);
  const isNamed = ({ route }: RouteAtGateway): boolean => route.name !== "" && names.get(route.name)?.length === 1;
  return {
    choices: routes
      .filter(isNamed)
      .flatMap(({ route, destination }) =>
        destination === undefined ? [] : namesOf(route).map((name) => choice(domain, destination, name)),
      ),
    verdicts: routes.flatMap((one) => notPrioritised(one, isNamed(one))),
  };
}

function choice(domain: string, destination: Destination, route?: string): RouteChoice {
  const { host, port } = destination;
  return { virtualHost: { host, port }, domain, ...(route === undefined ? {} : { route }), destination };
}

/** istiod's names of the routes that it makes of one: with the matches' own names, where they have some. */
function namesOf({ name, match }: HttpRoute): readonly string[] {
  const names = match.map((one) => (one.name === "" ? name : `${name}.${one.name}`));
  return names.length === 0 ? [name] : [...new Set(names)];
}

/** Where the route leads, if that is one place whose requests can be told apart. */
function destinationOf(
  route: HttpRoute,
  { metadata }: VirtualService,
  hosts: ReadonlyMap<string, DivisibleHost>,
  ports: ReadonlyMap<string, readonly number[]>,
): Destination | undefined {
  const [only, ...others] = route.route;
  if (only === undefined || others.length > 0) return undefined;
  const { subset, port: said, host: short } = only.destination;
  const host = hosts.get(short.includes(".") ? short : fullName(short, metadata.namespace));
  if (host === undefined || host.levels.length === 0) return undefined;
  // Without a port istiod takes the only one of the Service, else that of the listener.
  const all = ports.get(host.host) ?? [];
  const port = said?.number ?? (all.length === 1 ? all[0] : undefined);
  if (port === undefined || !host.ports.includes(port)) return undefined;
  return { host: host.host, port, ...(subset === undefined ? {} : { subset }), levels: host.levels };
}

function notPrioritised({ service, index, route, destination }: RouteAtGateway, isNamed: boolean): readonly Verdict[] {
  const { name, namespace } = service.metadata;
  const on = { kind: "VirtualService", namespace, name };
  const field = ["spec", "http", index];
  if (route.route.length > 1)
    return [
      {
        ...{ on, reason: "RouteNotPrioritised", field: [...field, "route"] },
        message:
          "has several destinations: its requests share connections; use one destination with a subset to tell levels apart",
      },
    ];
  if (destination === undefined || isNamed) return [];
  return [
    {
      ...{ on, reason: "RouteNotPrioritised", field: [...field, "name"] },
      message:
        "is missing, or another route of the host has it: routes that lead to different places are told apart by their names; give each a name of its own",
    },
  ];
}
