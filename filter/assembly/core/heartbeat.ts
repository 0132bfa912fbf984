// Ticks of the VM enter; the counters expedite.<role>.ticks and expedite.<role>.ticks.<configuration> leave, one for each second that
// the VM lives. A VM that trapped has no ticks, and Envoy has no metric that says so.
import { count } from "./counters";
import { root } from "./root";
import { slotTime } from "./slots";

/** Nanoseconds. A little less than the period, because a VM has a tick for each of several plugins of one configuration. */
const shortest: u64 = 950_000_000;

let last: u64 = 0;

export function beat(): void {
  const configured = root;
  const time = slotTime();
  // Unsigned: a clock that is set back counts as late.
  if (configured == null || time - last < shortest) return;
  last = time;
  count(configured.ticks);
  count(configured.configurationTicks);
}
