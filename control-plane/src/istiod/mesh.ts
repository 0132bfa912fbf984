// In: where the istiod pods are. Out: what they say of each proxy: which pushes it took or refused, and what of ours they generate for it.
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Mesh, ProxyConfiguration, ProxyReport, ResourceType } from "../reconcile/ports.ts";
import { defaultRoutesOf } from "./default-routes.ts";

export type MeshOptions = {
  /** Base URLs of the debug ports of every ready istiod pod, of every revision. */
  readonly istiods: () => readonly string[];
  /** A ServiceAccount token for the audience istio-ca; absent: istiod lets loopback in without. */
  readonly tokenFile?: string;
};

const typeNames: Readonly<Record<string, ResourceType>> = {
  "type.googleapis.com/envoy.config.cluster.v3.Cluster": "CDS",
  "type.googleapis.com/envoy.config.listener.v3.Listener": "LDS",
  "type.googleapis.com/envoy.config.route.v3.RouteConfiguration": "RDS",
  "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig": "ECDS",
};

const syncz = z.array(
  z.looseObject({
    proxy: z.string(),
    proxy_type: z.string().default("sidecar"),
    istio_version: z.string().default(""),
    resources: z
      .record(
        z.string(),
        z.looseObject({
          sent: z.string().default(""),
          acked: z.string().default(""),
          lastError: z.string().default(""),
        }),
      )
      .default({}),
  }),
);

export function istiodMesh({ istiods, tokenFile }: MeshOptions): Mesh {
  const ask = async (base: string, path: string): Promise<string> => {
    // Renewed in its file.
    const headers =
      tokenFile === undefined ? {} : { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` };
    const answer = await fetch(`${base}/debug/${path}`, { headers, signal: AbortSignal.timeout(5_000) });
    if (!answer.ok) throw new Error(`istiod ${base} answered ${answer.status} to ${path.split("?")[0]}`);
    return answer.text();
  };
  return {
    proxies: async () => {
      const answers = await Promise.all(
        istiods().map(async (base) => syncz.parse(JSON.parse(await ask(base, "syncz")) ?? [])),
      );
      if (answers.length === 0) throw new Error("no istiod pod is ready");
      return [...new Map(answers.flat().map((entry) => [entry.proxy, reportOf(entry)])).values()];
    },
    configuration: async ({ pod, namespace }) => {
      const reasons: string[] = [];
      for (const base of istiods())
        try {
          return configurationOf(
            await ask(base, `config_dump?types=CDS,RDS,ECDS&proxyID=${encodeURIComponent(`${pod}.${namespace}-`)}`),
          );
        } catch (error) {
          reasons.push((error as Error).message);
        }
      throw new Error(reasons.join("; ") || "no istiod pod is ready");
    },
  };
}

function reportOf({ proxy, proxy_type, istio_version, resources }: z.infer<typeof syncz>[number]): ProxyReport {
  const dot = proxy.lastIndexOf(".");
  const known = Object.entries(resources).flatMap(([url, status]) => {
    const type = typeNames[url];
    return type === undefined ? [] : [{ type, ...status }];
  });
  const refused = known.find(({ lastError }) => lastError !== "");
  return {
    pod: proxy.slice(0, dot),
    namespace: proxy.slice(dot + 1),
    istioVersion: istio_version,
    isGateway: proxy_type === "router",
    hasExtensions: known.some(({ type, acked }) => type === "ECDS" && acked !== ""),
    pending: known.filter(({ sent, acked }) => sent !== acked).map(({ type }) => type),
    ...(refused === undefined ? {} : { refused: { type: refused.type, message: refused.lastError } }),
  };
}

const dumpSchema = z.looseObject({ configs: z.array(z.looseObject({ "@type": z.string() })).default([]) });
const wasm = z.looseObject({
  config: z.looseObject({
    name: z.string(),
    vmConfig: z.looseObject({ configuration: z.looseObject({ value: z.string() }) }),
  }),
});

/** `dump`: resources of clusters, routes and extensions, as istiod generates them. */
export function configurationOf(dump: string): ProxyConfiguration {
  const names = (pattern: RegExp): string[] =>
    [...new Set([...dump.matchAll(pattern)].map(([, name = ""]) => name))].sort();
  const { configs } = dumpSchema.parse(JSON.parse(dump));
  const found = configs
    .filter((config) => config["@type"].endsWith(".wasm.v3.Wasm"))
    .flatMap((config) => {
      const parsed = wasm.safeParse(config);
      return parsed.success ? [parsed.data] : [];
    });
  return {
    extensions: Object.fromEntries(found.map(({ config }) => [config.name, config.vmConfig.configuration.value])),
    clusters: names(/"name":\s*"((?:expedite\||outbound\|\d+\|expedite-)[^"]+)"/g),
    routes: dump.match(/"(?:inlineC|c)lusterSpecifierPlugin"/g)?.length ?? 0,
    defaultRoutes: defaultRoutesOf(configs.filter((config) => config["@type"].endsWith(".RouteConfiguration"))),
  };
}
