// Pods that start without a controller: as soon Ready as in a mesh without us.
import assert from "node:assert/strict";
import { median } from "../pod-start.ts";

/** Milliseconds of each pod. */
export type PodTimes = readonly number[];

/** Of a handful of pods on a machine that is busy with load meanwhile; a pod that waited for us would wait for minutes. */
const allowed = 1.5;

/** Prints both medians and their ratio. @throws AssertionError */
export function startsAsBefore(what: string, without: PodTimes, times: PodTimes): void {
  const ratio = median(times) / median(without);
  const list = (some: PodTimes): string => some.map(Math.round).join(" ");
  console.log(
    `pods Ready after, ms: without us ${list(without)}; ${what} ${list(times)}; ratio of the medians ${ratio.toFixed(2)}`,
  );
  assert.ok(ratio < allowed, `ratio ${ratio}`);
}
