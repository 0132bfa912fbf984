// Prints how long pods take to start without a controller, next to pods of a mesh without Expedite. A pod that waited for the controller
// would not start at all.
import { median } from "../../measure/statistics.ts";

/** Milliseconds for each pod. */
export type PodTimes = readonly number[];

/** Prints both medians and their ratio. */
export function printStarts(what: string, without: PodTimes, times: PodTimes): void {
  const ratio = median(times) / median(without);
  const list = (some: PodTimes): string => some.map(Math.round).join(" ");
  console.log(
    `pods Ready after, ms: without Expedite ${list(without)}; ${what} ${list(times)}; ratio of the medians ${ratio.toFixed(2)}`,
  );
}
