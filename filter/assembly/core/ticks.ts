// Counts the seconds for which the VM lives, in expedite.<role>.ticks and expedite.<role>.ticks.<configuration>: a VM that trapped stops
// counting, and Envoy has no metric for that. It counts seconds rather than calls, because a VM ticks for each of its root contexts: for
// two while that of an earlier route list lives, and not regularly if lists change every second.

import { configuration } from "./configuration";
import { countMany } from "./counters";
import { slotTime } from "./slots";

const second: u64 = 1_000_000_000;
/** Seconds without a call. If there were more, or fewer than zero, the clock was set, and their number is unknown. */
const most: u64 = 5;

/** The end of the last second that was counted. */
let last: u64 = 0;

export function startTicks(): void {
  last = slotTime();
}

export function countTicks(): void {
  const configured = configuration;
  if (configured == null) return;
  const time = slotTime();
  // Unsigned, so that a clock that is set back gives a large number.
  let seconds = (time - last) / second;
  const isKnown = seconds <= most;
  if (!isKnown) seconds = 1;
  last = isKnown ? last + seconds * second : time;
  countMany(configured.ticks, seconds);
  countMany(configured.configurationTicks, seconds);
}
