// Lists every request to send through route configurations: what the routes of each virtual host match, once for each level.
import { ruleHeader } from "./listeners.ts";
import { type Probe, probesOf } from "./probes.ts";
import type { Host, RouteConfiguration } from "./route-configurations.ts";
import { failing } from "./upstreams.ts";

export type Subject = {
  readonly configuration: RouteConfiguration;
  /** The configuration's index. */
  readonly index: number;
  readonly host: Host;
  /** With the headers that give it its level. */
  readonly probe: Probe;
  /** The level that Expedite's filter gives it. */
  readonly level: string;
};

export function subjectsOf(configuration: RouteConfiguration, index: number): readonly Subject[] {
  return configuration.hosts.flatMap((host) =>
    probesOf(host.without).probes.flatMap((probe, at) => {
      const all = leveled(configuration, probe).map((one) => ({ ...{ configuration, index, host }, ...one }));
      const failed = all.slice(0, 2).map((one) => ({ ...one, probe: withHeaders(one.probe, { [failing]: "1" }) }));
      // A failing request is retried, which takes time.
      return at % 2 === 0 ? [...all, ...failed] : all;
    }),
  );
}

const withHeaders = (probe: Probe, headers: Probe["headers"]): Probe => ({
  ...probe,
  headers: { ...probe.headers, ...headers },
});

/**
 * A sidecar's filter trusts the application; a gateway's has this test's rules and writes every request's level, so the Envoy without it is
 * sent what the filter would write.
 */
function leveled(
  { filter: { config } }: RouteConfiguration,
  probe: Probe,
): readonly Pick<Subject, "probe" | "level">[] {
  const { header, levels, defaultLevel, role } = config;
  const give = (level: string) => ({
    ...{
      level,
      probe: withHeaders(probe, { [header]: level, ...(role === "gateway" ? { [ruleHeader]: level } : {}) }),
    },
  });
  const wanted = probe.headers[header];
  // A name that is not a level is removed.
  if (wanted !== undefined) return levels.includes(wanted) ? [give(wanted)] : [];
  const none = role === "gateway" ? give(defaultLevel) : { level: defaultLevel, probe };
  return [none, ...levels.filter((level) => level !== defaultLevel).map(give)];
}

export const isFailing = ({ probe }: Subject): boolean => probe.headers[failing] !== undefined;
