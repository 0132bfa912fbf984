// Defines the part of the filter's configuration that makes requests wait while their application is busy
// (docs/adr/0046-the-request-queue.md).
import { z } from "zod";

/** Requests that an application works on at once; the filter's memory for them is fixed. */
export const maxConcurrency = 1000;
/** Requests that may wait at one worker of the proxy. */
export const maxQueued = 1024;
/** Milliseconds: an hour. */
export const maxWait = 3_600_000;
export const maxExemptPaths = 32;
/** The sum of all levels' shares: hundredths of a percent. */
export const allShares = 10_000;

/** The header with which Envoy asks for a request that waits. */
export const queueTicket = "x-expedite-queue";
/** root_id of the filter on the internal listener to which Envoy's questions go. */
export const queueRootId = "expedite-queue";

export const queue = z
  .strictObject({
    /** Requests that the application works on at once. The workers of the proxy divide it among themselves. */
    limit: z.int().min(1).max(maxConcurrency),
    /** If given, the limit follows what the application does at once, between this and `limit`. */
    minLimit: z.int().min(1).max(maxConcurrency).optional(),
    /** Requests that wait at each worker at most. */
    maxQueued: z.int().min(1).max(maxQueued),
    /** For each level of the ladder, in its order. */
    levels: z
      .array(
        z.strictObject({
          /** Milliseconds that a request of the level waits at most. */
          maxWait: z.int().min(1).max(maxWait),
          /** What then becomes of it: it is let through all the same, or answered with 429 and Retry-After. */
          onTimeout: z.enum(["Forward", "Reject"]),
          /** The part of the requests let through that is kept for the level while higher ones wait, of `allShares`. */
          share: z.int().min(0).max(allShares),
        }),
      )
      .min(1)
      .max(8),
    /** Beginnings of paths whose requests never wait. */
    exemptPaths: z
      .array(z.string().max(1024).startsWith("/", "must begin with /"))
      .min(1)
      .max(maxExemptPaths)
      .optional(),
  })
  .refine(({ limit, minLimit = 1 }) => minLimit <= limit, { path: ["minLimit"], error: "must not be above limit" });
