// A configured root enters; the counters that its role needs are defined, so that /stats shows them from the start.
import { constant } from "../abi/ascii";
import { putHexadecimal } from "../abi/hexadecimal";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { counter } from "../core/counters";
import { levelAt } from "../core/levels";
import { Role, Root } from "../core/root";
import { take } from "./store";

/** Of the proxy's bootstrap; in Istio the workload's service and namespace: `reviews.bookinfo`. */
const nodeCluster = constant("xds\0node\0cluster");

function joinsFound(root: Root, index: i32, what: string): void {
  store<u32>(root.joinsFound + (<usize>index << 2), counter(root.role, what, 0, 0));
}

function defineJoins(root: Root): void {
  root.joinsFound = take(8 << 2);
  if (root.joinsFound == 0) return;
  // By Correlator, core/correlators.ts.
  joinsFound(root, 0, "joins.found.x-request-id");
  joinsFound(root, 1, "joins.found.traceparent");
  joinsFound(root, 2, "joins.found.b3");
  joinsFound(root, 3, "joins.found.x-b3-traceid");
  joinsFound(root, 4, "joins.found.x-datadog-trace-id");
  joinsFound(root, 5, "joins.found.x-cloud-trace-context");
  joinsFound(root, 6, "joins.found.grpc-trace-bin");
  const isNamed = getProperty(nodeCluster.at, nodeCluster.size) && resultSize() > 0;
  const size = isNamed ? resultSize() : 0;
  root.joinsMissed = counter(root.role, isNamed ? "joins.missed." : "joins.missed", resultData(), size);
  root.joinsTooLong = counter(root.role, "joins.too_long", 0, 0);
  root.joinsAmbiguous = counter(root.role, "joins.ambiguous", 0, 0);
  root.overwritten = counter(root.role, "overwritten", 0, 0);
  root.lowered = counter(root.role, "lowered", 0, 0);
}

const digits: usize = memory.data(16);

/** `hash`: of the configuration's text without the route list. Who delivers it knows by the counter's name which one the proxy has. */
export function defineCounters(root: Root, hash: u64): void {
  for (let i = 0; i < root.levelCount; i++) {
    const level = levelAt(root, i);
    level.requests = counter(root.role, "requests.", level.name, level.size);
  }
  root.stripped = counter(root.role, "stripped", 0, 0);
  root.ticks = counter(root.role, "ticks", 0, 0);
  root.configurationTicks = counter(root.role, "ticks.", digits, putHexadecimal(digits, hash));
  if (root.role == Role.Outbound) defineJoins(root);
}
