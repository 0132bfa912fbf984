// The path of a demoted request in the bench: a user's route, a shared route in front of it that may replace it, and an upstream behind
// each of the two clusters. Without a filter, and at other levels, requests take the user's route.
import { type RouteList, routeIdentity } from "@expedite/filter/config/route-list.ts";
import { lookUp, sharedRoute, specifier } from "../envoy/shared-routes.ts";

type Json = Readonly<Record<string, unknown>>;

const original = "outbound|80||orders.shop.svc.cluster.local";
const level = "outbound|80|expedite-batch|orders.shop.svc.cluster.local";
const config = "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/orders";
const variant = "00000000000000aa";
const action = { timeout: "0s" };

/** A hundred routes, of which the bench uses the last. */
export const list: RouteList = {
  variants: [
    { name: variant, routes: Array.from({ length: 100 }, (_, index) => routeIdentity(config, `route-${index}`)) },
  ],
  excludedHosts: [],
};

const usersRoute = {
  name: "route-99",
  match: { prefix: "/" },
  metadata: { filter_metadata: { istio: { config } } },
  route: { ...action, cluster: original },
};

const answer = (name: string, port: number) => ({
  name,
  port,
  routes: [
    {
      match: { prefix: "/" },
      direct_response: { status: 200, body: { inline_string: "ok" } },
      response_headers_to_add: [{ header: { key: "x-route", value: name } }],
    },
  ],
});

/** What Envoy says to a filter of the route and the cluster of a request that takes the user's route. */
export const routeAttributes: ReadonlyMap<string, string> = new Map([
  ["xds.cluster_name", original],
  ["xds.route_name", usersRoute.name],
  ["xds.route_metadata.filter_metadata.istio.config", config],
]);

export const upstreams = [answer("original", 18_090), answer("level", 18_091)];
export const upstreamClusters = [
  { name: original, port: 18_090 },
  { name: level, port: 18_091 },
];

export const routedConfiguration: Json = {
  ...specifier,
  virtual_hosts: [{ name: "all", domains: ["*"], routes: [sharedRoute(variant, action), usersRoute] }],
};

export { lookUp };
