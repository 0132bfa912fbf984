// What is known of the limit while no request waits: the curve of response times shows a knee below it, or the application always has many
// requests. Either can only lower the limit, and nothing is tried.
import { curve, recent } from "./curve";

/** The limit, as a multiple of the knee. */
export const headroom: f64 = 1.4;
/** The limit is not lowered by less than this, because samples vary. */
export const tolerance: f64 = 1.25;
/** The curve is evaluated after so many requests, or twice as many as there are in the application, if that is more. */
const evaluated: u32 = 40;
/** If twice in turn they took so many times longer than others before, or shorter, the application has changed. */
export const changed: f64 = 1.4;
/** The limit is lowered when the curve has said so, so many times in turn. */
const agreed: u32 = 2;

let fresh: u32 = 0;
/** Whether the last requests took longer (1), or shorter (-1), than expected. */
let off: i32 = 0;
let lower: u32 = 0;

/** Of a window in which there were so many requests, for so many seconds. */
const windowRequests: u32 = 80;
const windowSeconds: f64 = 0.5;
const fewest: u32 = 4;
let least: u32 = u32.MAX_VALUE;
let most: u32 = 0;
let seen: u32 = 0;
let since: f64 = 0;

/** @param inFlight requests in the application when it came, itself included */
export function addToCurve(level: i32, inFlight: u32, took: f64): void {
  recent.add(level, inFlight, took);
  fresh++;
}

function isFarBelow(limit: u32, standing: u32): bool {
  return <f64>limit * tolerance <= <f64>standing && (limit + 1 < standing || limit == 2);
}

/** A limit below the standing one that the curve shows; 0 if it shows none. */
export function limitOfCurve(standing: u32, inFlight: u32, isFull: bool): u32 {
  if (fresh < max(evaluated, 2 * inFlight)) return 0;
  fresh = 0;
  const ratio = curve.ratio(recent);
  const now = ratio > changed ? 1 : ratio < 1 / changed ? -1 : 0;
  if (now != 0 && now == off) curve.clear();
  off = now;
  curve.merge(recent);
  recent.clear();
  const knee = isFull ? 0 : curve.knee(standing);
  const limit = <u32>ceil(knee * headroom);
  lower = knee > 0 && isFarBelow(limit, standing) ? lower + 1 : 0;
  if (lower < agreed) return 0;
  lower = 0;
  return limit;
}

/** Where there are always many requests in the application, their number; 0 elsewhere, or as long as that is not known. */
export function alwaysInFlight(time: f64, inFlight: u32, ended: u32): u32 {
  least = min(least, inFlight);
  most = max(most, inFlight);
  seen += ended;
  if (seen < windowRequests || time < since + windowSeconds) return 0;
  const always = most >= fewest && least * 2 >= most ? inFlight : 0;
  seen = 0;
  since = time;
  least = u32.MAX_VALUE;
  most = 0;
  return always;
}
