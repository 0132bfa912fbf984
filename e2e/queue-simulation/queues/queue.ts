// A queue in front of the application, as the simulation sees it. Times are in seconds.

export interface Request {
  readonly id: number;
  /** 0 is the highest. */
  readonly level: number;
}

export interface Queue {
  /** Requests in the application at once; more wait. */
  readonly limit: number;
  readonly waiting: number;
  /** A request comes. @returns the ids of those that go into the application now, as all of these do */
  come(request: Request, now: number): readonly number[];
  /** A request of the application has ended. */
  ended(id: number, now: number): readonly number[];
  /** Every 10 ms. */
  tick(now: number): readonly number[];
}
