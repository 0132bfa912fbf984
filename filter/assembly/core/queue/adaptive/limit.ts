// The limit that the workers of a proxy divide, as all of them know it: fixed, or as of the last tick of one that adapts.

export let limit: u32 = 0;
/** Requests in the application that other workers let in, as of the last tick; 0 if the limit is fixed. */
export let elsewhere: u32 = 0;

export function setLimit(to: u32): void {
  limit = to;
}

export function setElsewhere(to: u32): void {
  elsewhere = to;
}
