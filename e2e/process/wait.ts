// A question and a time enter; resolves when the answer is yes.
import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  /** What is awaited, for the message. */
  readonly what: string;
  readonly seconds: number;
  /** What to add to the message of a timeout: the tail of a log. */
  readonly detail?: () => string;
}

/** A question that throws has the answer no. @throws when the time is over, with the last reason */
export async function waitUntil(
  { what, seconds, detail }: Patience,
  question: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let reason = "";
  for (;;) {
    try {
      if (await question()) return;
    } catch (error) {
      reason = (error as Error).message;
    }
    if (Date.now() > deadline)
      throw new Error([`not within ${seconds} s: ${what}`, reason, detail?.() ?? ""].filter(Boolean).join("\n"));
    await sleep(100);
  }
}
