// Decides how long a test waits for something before it gives up. A caller says what a quiet machine needs at most; a slower or busier
// machine gets more, so that a test fails because of the product and never because the machine is busy.

/** Allows for a machine that gets busy later. */
const margin = 4;
/** A bound, so that a test ends even if nothing makes progress. */
const slowest = 6;
let slowness = 1;

/** Records a measured start: limits grow by how much longer it took than on a quiet machine with two cores. */
export function scaleLimits(tookSeconds: number, quietSeconds: number): void {
  slowness = Math.min(slowest, Math.max(slowness, tookSeconds / quietSeconds));
}

/** @param seconds what a quiet machine needs at most */
export const limitOf = (seconds: number): number => Math.ceil(seconds * margin * slowness);

/** A limit as an argument for kubectl. */
export const timeout = (seconds: number): string => `--timeout=${limitOf(seconds)}s`;
