// Counts the route configurations of a gateway deployment, because each would need a Lua state for shared routes.
import { protocolOf } from "../../core/protocol.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";
import { isOfGatewayApi } from "./candidates.ts";
import type { ServingDeployment } from "./hosts.ts";

/** A Lua state takes 60 kB on each thread. */
const maxRouteConfigurations = 64;

/** Each port without certificates has one route configuration, and so has each server with certificates. */
export function tooManyConfigurations({ gateways }: ServingDeployment): Verdict | undefined {
  const servers = gateways.flatMap(({ object, listeners }) =>
    isOfGatewayApi(object)
      ? listeners.map(({ listener: { port, protocol } }) => ({ number: port, isTls: protocol === "HTTPS" }))
      : object.spec.servers.map(({ port }) => ({
          number: port.number,
          isTls: protocolOf(port.protocol) === "HTTPS",
        })),
  );
  const plain = new Set(servers.filter(({ isTls }) => !isTls).map(({ number }) => number));
  const count = plain.size + servers.filter(({ isTls }) => isTls).length;
  const [first] = gateways;
  if (count <= maxRouteConfigurations || first === undefined) return undefined;
  const message = `has ${count} route configurations (one per port, one per server with certificates), more than ${maxRouteConfigurations}, so its requests share connections; split the Gateway`;
  return verdictOn(first.object, finding("RouteNotPrioritised", ["spec"], message));
}
