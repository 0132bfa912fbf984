// In: an istiod's answer of /debug/config_dump?types=CDS,RDS,ECDS. Out: what of ours it generates for a proxy.
import { z } from "zod";
import type { ProxyConfiguration } from "../reconcile/ports.ts";

const dumpSchema = z.looseObject({ configs: z.array(z.looseObject({ "@type": z.string() })).default([]) });
const wasm = z.looseObject({
  config: z.looseObject({
    name: z.string(),
    vmConfig: z.looseObject({ configuration: z.looseObject({ value: z.string() }) }),
  }),
});

type Config = z.infer<typeof dumpSchema>["configs"][number];

const ofType = (configs: readonly Config[], suffix: string): readonly Config[] =>
  configs.filter((config) => config["@type"].endsWith(suffix));

const routeConfiguration = ".route.v3.RouteConfiguration";

/** `dump`: with RDS among its types. @throws for another form */
export const routeConfigurationsOf = (dump: unknown): readonly unknown[] =>
  ofType(dumpSchema.parse(dump).configs, routeConfiguration);

/** @throws for another form */
export function configurationOf(dump: unknown): ProxyConfiguration {
  const { configs } = dumpSchema.parse(dump);
  const found = ofType(configs, ".wasm.v3.Wasm").flatMap((config) => {
    const parsed = wasm.safeParse(config);
    return parsed.success ? [parsed.data.config] : [];
  });
  const clusters = ofType(configs, ".cluster.v3.Cluster").flatMap(({ name }) =>
    typeof name === "string" && name.startsWith("expedite|") ? [name] : [],
  );
  const configurations = ofType(configs, routeConfiguration);
  const routes = JSON.stringify(configurations);
  return {
    extensions: Object.fromEntries(found.map(({ name, vmConfig }) => [name, vmConfig.configuration.value])),
    clusters: [...new Set(clusters)].sort(),
    names: [...new Set([...routes.matchAll(/"cluster":"(expedite\|[^"]+)"/g)].map(([, name = ""]) => name))].sort(),
    hasSharedRoute: routes.includes('"clusterSpecifierPlugin":"expedite"'),
  };
}
