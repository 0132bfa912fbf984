// Counts the seconds that the VM lives, in expedite.<role>.ticks and expedite.<role>.ticks.<configuration>: a VM that trapped counts no
// more, and Envoy has no metric that says so. It counts seconds and not calls, because a VM has a tick for each of its root contexts: two
// while an earlier route list's lives, and none in time where lists change every second.

import { configuration } from "./configuration";
import { countMany } from "./counters";
import { slotTime } from "./slots";

const second: u64 = 1_000_000_000;
/** Seconds without a call; after more, or fewer than none, the clock was set, and nobody knows how many they were. */
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
  // Unsigned: a clock that is set back gives many.
  let seconds = (time - last) / second;
  const isKnown = seconds <= most;
  if (!isKnown) seconds = 1;
  last = isKnown ? last + seconds * second : time;
  countMany(configured.ticks, seconds);
  countMany(configured.configurationTicks, seconds);
}
