// Makes the cluster specifier that chooses a route's cluster by the header that carries the level.
import { any, type Message } from "../xds/message.ts";
import { specifierName } from "../xds/names.ts";

/** Uses the header that the filter set; a request without a known level takes the cluster of the default level. */
export function levelSpecifier(
  header: string,
  byLevel: readonly (readonly [level: string, cluster: string])[],
  byDefault: string,
): Message {
  const matcher = any("envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier", {
    cluster_matcher: {
      matcher_tree: {
        input: {
          name: "level",
          typed_config: any("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", { header_name: header }),
        },
        exact_match_map: { map: Object.fromEntries(byLevel.map(([level, cluster]) => [level, action(cluster)])) },
      },
      on_no_match: action(byDefault),
    },
  });
  return { extension: { name: specifierName, typed_config: matcher } };
}

function action(cluster: string): Message {
  return {
    action: {
      name: "cluster",
      typed_config: any("envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction", { cluster }),
    },
  };
}
