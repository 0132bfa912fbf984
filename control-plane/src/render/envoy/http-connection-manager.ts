// Makes the network filter that serves virtual hosts through HTTP filters, with the settings that Istio uses.
import type { EnvoyPlan } from "../../core/plan.ts";
import { removedFromRequests, writtenToResponses } from "../xds/level-header.ts";
import { any, type Message } from "../xds/message.ts";
import { routeTimeoutOnRequests } from "../xds/timeout-header.ts";

export type HttpServer = {
  readonly name: string;
  readonly virtualHosts: readonly Message[];
  /** The filters before the router. */
  readonly httpFilters: readonly Message[];
  /** For a gateway: x-request-id and x-envoy-* headers of its clients are not trusted, and a fresh id is created. */
  readonly isEdge: boolean;
  /** A header that is removed from each request before anything else sees it. */
  readonly removedHeader?: string;
  /** The header that carries the level is written to each response of a route. */
  readonly writtenLevel?: Pick<EnvoyPlan, "header" | "defaultLevel">;
  /** Requests tell the timeout of their route. */
  readonly writesTimeout: boolean;
  /** Further fields of the route configuration. */
  readonly routeConfiguration?: Message;
};

export function httpConnectionManager(server: HttpServer): Message {
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: any("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: server.name,
      // A sidecar's clients are mesh peers and the application, so the id of the edge request has to survive each hop.
      use_remote_address: server.isEdge,
      // Rules compare paths, so a path must have one spelling.
      normalize_path: true,
      stream_idle_timeout: "0s",
      ...(server.removedHeader === undefined ? {} : removedFromRequests(server.removedHeader)),
      route_config: {
        name: server.name,
        ignore_port_in_host_matching: server.isEdge,
        validate_clusters: true,
        virtual_hosts: server.virtualHosts,
        ...(server.writtenLevel === undefined ? {} : writtenToResponses(server.writtenLevel)),
        ...(server.writesTimeout ? routeTimeoutOnRequests : {}),
        ...server.routeConfiguration,
      },
      http_filters: [
        ...server.httpFilters,
        {
          name: "envoy.filters.http.router",
          typed_config: any("envoy.extensions.filters.http.router.v3.Router", {}),
        },
      ],
    }),
  };
}
