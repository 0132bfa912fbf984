// What every limit is told, and what it says. Times are in seconds, and requests wait in the queue as long as the limit is reached.

/** A request that has ended. */
export interface Sample {
  readonly now: number;
  /** 0 is the highest. */
  readonly level: number;
  /** From when it was let through until it ended. */
  readonly took: number;
  /** Requests in the application when it was let through, itself included. */
  readonly inFlight: number;
}

export interface Occupancy {
  readonly now: number;
  readonly inFlight: number;
  readonly waiting: number;
}

export interface Limit {
  /** Requests in the application at once; more wait. */
  readonly limit: number;
  ended(sample: Sample, occupancy: Occupancy): void;
  /** Every 10 ms. */
  tick(occupancy: Occupancy): void;
}

/** The bounds of all limits that adapt. */
export const bounds = { min: 1, max: 200 } as const;
