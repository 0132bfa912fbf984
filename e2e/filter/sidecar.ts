// One Envoy with two workers that is gateway and sidecar in one, in front of an application.
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { answerByLevel, bootstrap, filterText, ladder, toCluster } from "../envoy/bootstrap.ts";
import { closeClient } from "../envoy/client.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import { startApplication } from "./application.ts";
import type { Application } from "./listen.ts";

/** Ports in the private network namespace that tests run in. */
export const ports = { gateway: 18000, inbound: 15006, outbound: 15001, application: 8080 } as const;

export interface Sidecar {
  readonly envoy: Envoy;
  stop(): Promise<void>;
}

const rules = [
  { name: "exports", match: { path: { prefix: "/export" } }, level: "batch" },
  { name: "crawlers", match: { headers: [{ name: "user-agent", prefix: "bot" }] }, level: "standard" },
];

/**
 * client -> gateway (rules above, trust Never) -> inbound -> application -> outbound, which answers directly
 * @param config the configuration of all three
 * @param more further fields of Envoy's bootstrap
 */
export async function startSidecar(config: Partial<FilterConfig> = {}, more: object = {}): Promise<Sidecar> {
  const application: Application = await startApplication(ports.application, ports.outbound);
  const listeners = [
    {
      name: "gateway",
      port: ports.gateway,
      filter: filterText({ ...config, role: "gateway", trust: "Never", rules }),
      routes: [toCluster("sidecar")],
      answersLevel: true,
    },
    {
      name: "inbound",
      port: ports.inbound,
      filter: filterText({ ...config, role: "inbound" }),
      routes: [toCluster("application")],
    },
    {
      name: "outbound",
      port: ports.outbound,
      filter: filterText({ ...config, role: "outbound" }),
      routes: answerByLevel(ladder.levels),
    },
  ];
  const clusters = [
    { name: "sidecar", port: ports.inbound },
    { name: "application", port: ports.application },
  ];
  const options = { bootstrap: { ...bootstrap(listeners, clusters), ...more }, concurrency: 2 };
  const envoy = await startEnvoy(options).catch(async (error) => {
    await application.close();
    throw error;
  });
  return {
    envoy,
    async stop() {
      await envoy.stop();
      await application.close();
      closeClient();
    },
  };
}
