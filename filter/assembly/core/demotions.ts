// Knows when a request of another level than the default one, or with a deadline that is carried, last passed the proxy, over all of its workers and listeners: in a gauge, which
// a request reads in one host call without a lock and without memory (docs/adr/0042-the-default-level-is-no-header.md).
import { constant } from "../abi/ascii";
import { defineMetric, gaugeValue, MetricType, recordMetric, undefinedMetric } from "../abi/metric";
import { slotSeconds } from "./slots";

const name = constant("expedite.demoted.last_seen_seconds");

/** The gauge's value before any request was demoted. A proxy that rejects the gauge's name always has 0 instead. */
const never: u64 = 1;

/**
 * Seconds for which a level that inbound stored is looked for. Longer than liveFor of slot.ts, because a demoted request may work for minutes
 * before it makes its next call.
 */
const lookFor: i64 = 300;

let gauge: u32 = undefinedMetric;
/** The second that this VM last recorded. */
let recorded: u64 = 0;

/** Whether a demoted request may have passed recently, as lookForDemotions last found it. */
export let isDemotionRecent: bool = true;

/** To be called once, at configure. */
export function defineDemotions(): void {
  gauge = defineMetric(MetricType.Gauge, name.at, name.size);
  if (gauge != undefinedMetric && gaugeValue(gauge) == 0) recordMetric(gauge, never);
}

/** To be called for a request that inbound stores or outbound joins. One host call at most, and only once a second. */
export function recordDemotion(): void {
  const seconds = slotSeconds();
  if (seconds == recorded || gauge == undefinedMetric) return;
  recorded = seconds;
  recordMetric(gauge, seconds);
}

/** One host call. */
export function lookForDemotions(): void {
  const last = gauge == undefinedMetric ? 0 : gaugeValue(gauge);
  // Signed, because the wall clock may be set back.
  isDemotionRecent = last == 0 || <i64>(slotSeconds() - last) <= lookFor;
}

/** Where demotions make no difference. */
export function assumeDemotions(): void {
  isDemotionRecent = true;
}
