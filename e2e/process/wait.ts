// Waits until a condition is true.
import { setTimeout as sleep } from "node:timers/promises";
import { limitOf } from "./limit.ts";

export interface WaitOptions {
  /** The condition, for the message. */
  readonly what: string;
  /** What a quiet machine needs at most; the actual limit is longer (limit.ts). */
  readonly seconds: number;
  /** Adds to the message when it gives up, such as the tail of a log. */
  readonly detail?: () => string | Promise<string>;
}

/** A condition that throws counts as false. @throws when the limit is reached, with the last reason */
export async function waitUntil(
  { what, seconds, detail }: WaitOptions,
  question: () => boolean | Promise<boolean>,
): Promise<void> {
  const limit = limitOf(seconds);
  const deadline = Date.now() + limit * 1000;
  let reason = "";
  for (;;) {
    const asked = performance.now();
    try {
      if (await question()) return;
      reason = "";
    } catch (error) {
      reason = (error as Error).message;
    }
    if (Date.now() > deadline)
      throw new Error([`not within ${limit} s: ${what}`, reason, (await detail?.()) ?? ""].filter(Boolean).join("\n"));
    // Questions that start programs, as most do, would otherwise take the processors from what is waited for.
    await sleep(Math.max(100, performance.now() - asked));
  }
}
