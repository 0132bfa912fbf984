// In: the writes that are allowed now. Out: they are under way, and what came of them is remembered. Nothing is written by a replica that does not lead.
import type { Clock } from "./clock.ts";
import type { Confirmed } from "./confirmed.ts";
import { contentOf } from "./content.ts";
import type { Intent } from "./intent.ts";
import type { Lanes } from "./lanes.ts";
import type { Write } from "./next.ts";
import type { Observation } from "./observation.ts";
import type { Observer } from "./observer.ts";
import type { Kubernetes, OwnedObject, World } from "./ports.ts";
import { reduced } from "./reduced.ts";
import type { Stored } from "./stored.ts";
import type { Withdrawal } from "./withdrawal.ts";

export type WriteParts = {
  readonly kubernetes: Kubernetes;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly stored: Stored;
  readonly observation: Observation;
  readonly withdrawal: Withdrawal;
  readonly confirmed: Confirmed;
};

export class Writes {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  /** `there`: what is stored of the namespace. */
  start(
    namespace: string,
    writes: readonly Write[],
    there: ReadonlyMap<string, OwnedObject>,
    intent: Intent,
    ladder: World["ladder"],
  ): void {
    const { lanes, observation, confirmed } = this.#parts;
    const isPushed = writes.some((write) => keyOfWrite(write).startsWith("EnvoyFilter "));
    const undo = isPushed ? observation.willChange(namespace) : () => {};
    if (isPushed) confirmed.forget(namespace);
    let open = writes.length;
    let hasChanged = false;
    const over = (changed: boolean): void => {
      hasChanged ||= changed;
      if (--open === 0 && !hasChanged) undo();
    };
    lanes.start(
      namespace,
      writes.map((write) => async () => {
        let changed = false;
        try {
          changed = await this.#one(write, there.get(keyOfWrite(write)), intent, ladder);
        } finally {
          over(changed);
        }
      }),
    );
  }

  /** @returns whether what is stored is another now. @throws when it was refused */
  async #one(write: Write, before: OwnedObject | undefined, intent: Intent, ladder: World["ladder"]): Promise<boolean> {
    const { isLeader, observer } = this.#parts;
    if (!isLeader()) return false;
    const key = keyOfWrite(write);
    const [kind = "", , name = ""] = key.split(/[ /]/);
    const verb = "apply" in write ? "apply" : "remove";
    try {
      const after =
        "apply" in write ? await this.#apply(write, before, intent, ladder) : await this.#remove(write, before);
      observer.wrote(verb, kind, name);
      return before?.content.digest !== after?.content.digest;
    } catch (error) {
      observer.wrote(verb, kind, name, error as Error);
      throw new Error(`${key}: ${(error as Error).message}`);
    }
  }

  async #apply(
    { apply: key, only }: Extract<Write, { readonly apply: string }>,
    before: OwnedObject | undefined,
    intent: Intent,
    ladder: World["ladder"],
  ): Promise<OwnedObject | undefined> {
    const { kubernetes, clock, stored, withdrawal } = this.#parts;
    const whole = intent.manifest(key);
    const manifest = only === undefined ? whole : reduced(whole, only);
    if (manifest === undefined) return this.#remove({ remove: before!.ref, key }, before);
    if (ladder === undefined) throw new Error("there is no PriorityLadder to own it");
    const content = contentOf(manifest);
    // Before the answer: a proxy may refuse it sooner than we hear that it was stored.
    withdrawal.wrote({ ref: manifest, content }, intent.revision, clock.now());
    const after = await kubernetes.apply(manifest, ladder);
    stored.wrote(key, content, before?.content, after, clock.now());
    return after;
  }

  async #remove(
    { remove: ref, key }: Extract<Write, { readonly remove: object }>,
    before: OwnedObject | undefined,
  ): Promise<undefined> {
    const { kubernetes, clock, stored } = this.#parts;
    await kubernetes.remove(ref);
    stored.wrote(key, undefined, before?.content, undefined, clock.now());
  }
}

const keyOfWrite = (write: Write): string => ("apply" in write ? write.apply : write.key);
