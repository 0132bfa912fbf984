// Defines the counters that the configuration's role needs, so that /stats shows them from the start.
import { constant } from "../abi/ascii";
import { hexadecimalDigits, putHexadecimal } from "../abi/hexadecimal";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { Configuration, Role } from "../core/configuration";
import { correlatorCount, correlatorHeader } from "../core/correlators";
import { counter } from "../core/counters";
import { levelAt } from "../core/levels";
import { take } from "./store";

/** node.cluster of the proxy's bootstrap; in Istio the workload's service and namespace: `reviews.bookinfo`. */
const nodeCluster = constant("xds\0node\0cluster");

/** Defines a counter for each correlator, whether the configuration uses it or not. */
function defineJoinsFound(configuration: Configuration): void {
  configuration.joinsFound = take(correlatorCount << 2);
  if (configuration.joinsFound == 0) return;
  for (let i: u32 = 0; i < correlatorCount; i++) {
    const header = correlatorHeader(i);
    const index = counter(configuration.role, "joins.found.", header.at, header.size);
    store<u32>(configuration.joinsFound + ((<usize>i) << 2), index);
  }
}

function defineJoins(configuration: Configuration): void {
  defineJoinsFound(configuration);
  const isNamed = getProperty(nodeCluster.at, nodeCluster.size) && resultSize() > 0;
  const size = isNamed ? resultSize() : 0;
  configuration.joinsMissed = counter(
    configuration.role,
    isNamed ? "joins.missed." : "joins.missed",
    resultData(),
    size,
  );
  configuration.joinsTooLong = counter(configuration.role, "joins.too_long", 0, 0);
  configuration.joinsAmbiguous = counter(configuration.role, "joins.ambiguous", 0, 0);
  configuration.overwritten = counter(configuration.role, "overwritten", 0, 0);
  configuration.lowered = counter(configuration.role, "lowered", 0, 0);
}

const digits: usize = memory.data(hexadecimalDigits);

/**
 * @param hash the hash of the configuration's text without the route list. The counter's name shows the control plane which configuration
 * the proxy has.
 */
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
