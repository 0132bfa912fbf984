// In: where the istiod pods are. Out: what they say of each proxy: which pushes it took or refused, and what of ours they generate for it.
import type { Mesh, ProxyReport } from "../reconcile/ports.ts";
import { configurationOf, routeConfigurationsOf } from "./configuration.ts";
import { type Connection, connectionsOf, isUnmistakable, newestOf } from "./connections.ts";
import { type Ask, debugPort } from "./debug.ts";
import type { AskDefaultRoutes } from "./default-route-samples.ts";
import { defaultRoutesOf } from "./default-routes.ts";
import { filterSample } from "./filter-metrics.ts";
import { reportsOf } from "./reports.ts";

export type MeshOptions = {
  /** Base URLs of the debug ports of every ready istiod pod, of every revision. */
  readonly istiods: () => readonly string[];
  /** A ServiceAccount token for the audience istio-ca; absent: istiod lets loopback in without. */
  readonly tokenFile?: string;
};

export function istiodMesh({ istiods, tokenFile }: MeshOptions): Mesh & { readonly defaultRoutes: AskDefaultRoutes } {
  const ask = debugPort(tokenFile);
  const connections = rememberedConnections(ask);
  const dump = async (report: ProxyReport, types: string): Promise<unknown> => {
    const all = await connections(report.istiod);
    const connection = newestOf(all, nameOf(report));
    if (connection === undefined) throw new Error(`${nameOf(report)} is not connected to ${report.istiod}`);
    if (!isUnmistakable(connection, all)) throw new Error(`${connection.id} is a part of another connection's id`);
    return ask(report.istiod, `config_dump?types=${types}&proxyID=${encodeURIComponent(connection.id)}`);
  };
  return {
    proxies: async (namespace) => {
      const bases = istiods();
      if (bases.length === 0) throw new Error("no istiod pod is ready");
      const path = namespace === undefined ? "syncz" : `syncz?namespace=${encodeURIComponent(namespace)}`;
      const answers = await Promise.all(bases.map(async (base) => reportsOf(await ask(base, path), base)));
      // An istiod that does not know the parameter answers for all.
      const reports = answers.flat().filter((report) => namespace === undefined || report.namespace === namespace);
      return once(reports, connections);
    },
    configuration: async (report) => configurationOf(await dump(report, "CDS,RDS,ECDS")),
    defaultRoutes: async (report) => defaultRoutesOf(routeConfigurationsOf(await dump(report, "RDS"))),
    filter: filterSample,
  };
}

const nameOf = ({ pod, namespace }: ProxyReport): string => `${pod}.${namespace}`;

type Connections = (base: string) => Promise<readonly Connection[]>;

/** Milliseconds: a look asks for several proxies of one istiod. */
const fresh = 300;

function rememberedConnections(ask: Ask): Connections {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<readonly Connection[]> }>();
  return (base) => {
    const now = performance.now();
    for (const [key, { at }] of known) if (now - at > fresh) known.delete(key);
    const answer = known.get(base)?.answer ?? ask(base, "connections").then(connectionsOf);
    if (!known.has(base)) known.set(base, { at: now, answer });
    return answer;
  };
}

/** Of a proxy that moved from one istiod to another both may tell for a while: its newest connection counts. */
async function once(reports: readonly ProxyReport[], connections: Connections): Promise<readonly ProxyReport[]> {
  const found: ProxyReport[] = [];
  for (const same of Map.groupBy(reports, nameOf).values())
    found.push(same.length === 1 ? same[0]! : await newest(same, connections));
  return found;
}

async function newest(reports: readonly ProxyReport[], connections: Connections): Promise<ProxyReport> {
  const times = await Promise.all(
    reports.map(async (report) => newestOf(await connections(report.istiod), nameOf(report))?.connectedAt ?? 0),
  );
  return reports[times.indexOf(Math.max(...times))]!;
}
