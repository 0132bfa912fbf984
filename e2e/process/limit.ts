// How long a test waits for something before it gives up. A limit says what a quiet machine needs at most; a slower or busier machine gets
// more, so that a test fails for what the product does and never for how busy the machine is.

/** A machine that is quiet now may be busy in a minute. */
const margin = 4;
/** Where nothing goes on at all, a test shall still end. */
const slowest = 6;
let slowness = 1;

/** A start has been measured: limits grow by how much longer it took than on a quiet machine of two cores. */
export function scaleLimits(tookSeconds: number, quietSeconds: number): void {
  slowness = Math.min(slowest, Math.max(slowness, tookSeconds / quietSeconds));
}

/** @param seconds what a quiet machine needs at most */
export const limitOf = (seconds: number): number => Math.ceil(seconds * margin * slowness);

/** A limit as kubectl takes it. */
export const timeout = (seconds: number): string => `--timeout=${limitOf(seconds)}s`;
