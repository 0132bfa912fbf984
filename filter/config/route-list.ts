// Defines the second line of the filter's plugin configuration: the users' routes that a shared route may replace. It changes with the
// users' routes, so a VM accepts a new list without being replaced (docs/adr/0025-proven-routes.md).
import { z } from "zod";
import { configurationHash } from "./ticks.ts";

/** Limits for the routes of all variants together, and for hosts. */
export const maxListedRoutes = 4096;
export const maxExcludedHosts = 4096;
export const maxVariants = 256;
/** Bytes of a route's identity in UTF-8. */
export const maxIdentityBytes = 512;
/** Bytes of the list as compact JSON in UTF-8. */
export const maxRouteListBytes = 262_144;

/** A variant's name: the beginning of a digest of everything that its shared route does. */
const variantName = z.string().regex(/^[0-9a-f]{16}$/, "must be 16 hexadecimal digits");

export const routeList = z
  .strictObject({
    /** The variants of the shared routes, each with the users' routes that do the same except for match and destination. */
    variants: z
      .array(
        z.strictObject({
          name: variantName,
          /** As routeIdentity makes them. */
          routes: z.array(z.string().min(1).max(maxIdentityBytes)).min(1),
        }),
      )
      .max(maxVariants),
    /**
     * Hosts of Services whose default routes differ from the others (they hash or keep sessions): the filter leaves their requests alone.
     */
    excludedHosts: z.array(z.string().min(1).max(253)).max(maxExcludedHosts),
  })
  .superRefine((list, context) => {
    const routes = list.variants.reduce((sum, variant) => sum + variant.routes.length, 0);
    if (routes > maxListedRoutes)
      context.addIssue({
        code: "custom",
        path: ["variants"],
        message: `have too many routes; the most allowed are ${maxListedRoutes}`,
      });
    if (new TextEncoder().encode(JSON.stringify(list)).length > maxRouteListBytes)
      context.addIssue({ code: "custom", path: [], message: `is longer than ${maxRouteListBytes} bytes` });
  });

export type RouteList = z.infer<typeof routeList>;

/**
 * Identifies a user's route in a proxy, by Envoy's attributes `xds.route_metadata.filter_metadata.istio.config` and `xds.route_name`.
 * @param config path of the VirtualService, as istiod writes it; for an HTTPRoute, that of the VirtualService that istiod makes of it
 * @param name empty if the route has none
 */
export function routeIdentity(config: string, name: string): string {
  return `${config} ${name}`;
}

/**
 * The plugin's root_id. Envoy does not configure a plugin again that it still has: it silently goes back to an earlier list while that
 * list's streams live. By the root_id the filter knows which of its lists applies to a request.
 */
export function routeListId(list?: RouteList): string {
  return list === undefined ? "" : configurationHash(JSON.stringify(list));
}

/** The plugin configuration as Envoy passes it on: the VM's configuration, and on a second line the part that may change. */
export function pluginConfiguration(config: string, list?: RouteList): string {
  return list === undefined ? config : `${config}\n${JSON.stringify(list)}`;
}
