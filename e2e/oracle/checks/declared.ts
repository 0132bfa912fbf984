// (d) Every cluster specifier that a route names is declared in the same route configuration; otherwise Envoy refuses the whole
// configuration.
import type { Difference } from "../differences.ts";
import { type Generation, virtualHostsOf } from "../generation.ts";
import type { Json } from "../protocol.ts";

export function declared(generation: Generation): readonly Difference[] {
  return [...generation].flatMap(([proxy, { routes }]) =>
    [...routes].flatMap(([name, resource]) => {
      const plugins = (resource.value.clusterSpecifierPlugins ?? []) as readonly { readonly extension: Json }[];
      const known = new Set(plugins.map(({ extension }) => extension.name));
      return virtualHostsOf(resource).flatMap((host) =>
        (host.routes ?? []).flatMap(({ route }): Difference[] =>
          route?.clusterSpecifierPlugin === undefined || known.has(route.clusterSpecifierPlugin)
            ? []
            : [
                {
                  check: "d: declared",
                  path: `${proxy} routes ${name}: ${host.name}`,
                  with: route.clusterSpecifierPlugin,
                },
              ],
        ),
      );
    }),
  );
}
