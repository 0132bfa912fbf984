// A configuration enters; the counters that its role needs are defined, so that /stats shows them from the start.
import { constant } from "../abi/ascii";
import { putHexadecimal } from "../abi/hexadecimal";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { counter } from "../core/counters";
import { levelAt } from "../core/levels";
import { Role, Configuration } from "../core/configuration";
import { take } from "./store";

/** Of the proxy's bootstrap; in Istio the workload's service and namespace: `reviews.bookinfo`. */
const nodeCluster = constant("xds\0node\0cluster");

function joinsFound(configuration: Configuration, index: i32, what: string): void {
  store<u32>(configuration.joinsFound + (<usize>index << 2), counter(configuration.role, what, 0, 0));
}

function defineJoins(configuration: Configuration): void {
  configuration.joinsFound = take(8 << 2);
  if (configuration.joinsFound == 0) return;
  // By Correlator, core/correlators.ts.
  joinsFound(configuration, 0, "joins.found.x-request-id");
  joinsFound(configuration, 1, "joins.found.traceparent");
  joinsFound(configuration, 2, "joins.found.b3");
  joinsFound(configuration, 3, "joins.found.x-b3-traceid");
  joinsFound(configuration, 4, "joins.found.x-datadog-trace-id");
  joinsFound(configuration, 5, "joins.found.x-cloud-trace-context");
  joinsFound(configuration, 6, "joins.found.grpc-trace-bin");
  const isNamed = getProperty(nodeCluster.at, nodeCluster.size) && resultSize() > 0;
  const size = isNamed ? resultSize() : 0;
  configuration.joinsMissed = counter(configuration.role, isNamed ? "joins.missed." : "joins.missed", resultData(), size);
  configuration.joinsTooLong = counter(configuration.role, "joins.too_long", 0, 0);
  configuration.joinsAmbiguous = counter(configuration.role, "joins.ambiguous", 0, 0);
  configuration.overwritten = counter(configuration.role, "overwritten", 0, 0);
  configuration.lowered = counter(configuration.role, "lowered", 0, 0);
}

const digits: usize = memory.data(16);

/** `hash`: of the configuration's text without the route list. Who delivers it knows by the counter's name which one the proxy has. */
export function defineCounters(configuration: Configuration, hash: u64): void {
  for (let i = 0; i < configuration.levelCount; i++) {
    const level = levelAt(configuration, i);
    level.requests = counter(configuration.role, "requests.", level.name, level.size);
  }
  configuration.stripped = counter(configuration.role, "stripped", 0, 0);
  configuration.ticks = counter(configuration.role, "ticks", 0, 0);
  configuration.configurationTicks = counter(configuration.role, "ticks.", digits, putHexadecimal(digits, hash));
  if (configuration.role == Role.Outbound) defineJoins(configuration);
}
