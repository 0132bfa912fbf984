// Reads an istiod's answer to /debug/syncz: what was pushed to each proxy, and whether the proxy accepted it.
import type { Exchange, ProxyReport, ResourceType, Version } from "../reconcile/ports.ts";

const typeNames: Readonly<Record<string, ResourceType>> = {
  "type.googleapis.com/envoy.config.cluster.v3.Cluster": "CDS",
  "type.googleapis.com/envoy.config.listener.v3.Listener": "LDS",
  "type.googleapis.com/envoy.config.route.v3.RouteConfiguration": "RDS",
  "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig": "ECDS",
};

/** `sentAt`: when something was last sent to it, in milliseconds of istiod's clock. */
export type DatedReport = { readonly report: ProxyReport; readonly sentAt: number };

type Resource = {
  readonly sent?: string;
  readonly acked?: string;
  readonly sentTime?: string;
  readonly lastError?: string;
};
type Entry = {
  readonly proxy?: string;
  readonly proxy_type?: string;
  readonly istio_version?: string;
  readonly resources?: Readonly<Record<string, Resource>>;
};

/**
 * Proxies to which EnvoyFilters do not apply are left out. A large mesh's answer has megabytes, so it is not read by a schema. @throws for
 * another form
 */
export function reportsOf(answer: unknown, istiod: string): readonly DatedReport[] {
  if (answer === null) return [];
  if (!Array.isArray(answer)) throw new Error(`istiod ${istiod} gives syncz in another form`);
  return (answer as readonly Entry[]).flatMap(
    ({ proxy = "", proxy_type = "sidecar", istio_version, resources = {} }) => {
      const dot = proxy.lastIndexOf(".");
      if (dot <= 0 || !["sidecar", "router"].includes(proxy_type)) return [];
      const exchanges = Object.entries(resources).flatMap(([url, resource]) => {
        const type = typeNames[url];
        return type === undefined || (resource.sent ?? "") === "" ? [] : [[type, exchangeOf(resource)] as const];
      });
      const report: ProxyReport = {
        ...{ pod: proxy.slice(0, dot), namespace: proxy.slice(dot + 1), istioVersion: istio_version ?? "", istiod },
        ...{ isGateway: proxy_type === "router", exchanges: Object.fromEntries(exchanges) },
      };
      const times = Object.values(resources).map(({ sentTime = "" }) => Date.parse(sentTime) || 0);
      return [{ report, sentAt: Math.max(0, ...times) }];
    },
  );
}

function exchangeOf({ sent = "", acked = "", lastError = "" }: Resource): Exchange {
  const version = versionOf(sent);
  return {
    ...{ nonce: sent, isAcknowledged: sent === acked },
    ...(version === undefined ? {} : { version }),
    ...(lastError === "" ? {} : { refused: lastError }),
  };
}

/**
 * A nonce is the version of the pushed state, which is a start time and a number, `<RFC 3339>/<number>`, followed by a UUID without a
 * separator (pilot/pkg/xds/discovery.go).
 */
export function versionOf(nonce: string): Version | undefined {
  const [, time = "", count] =
    /^([^/]+)\/(\d+)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.exec(nonce) ?? [];
  const at = Date.parse(time);
  return count === undefined || Number.isNaN(at) ? undefined : { at, count: Number(count) };
}
