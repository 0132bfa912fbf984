// In: the writes that are missing. Out: they are under way, and what came of them is remembered. Nothing is written by a replica that does not lead.
import type { Changes } from "./changes.ts";
import type { Clock } from "./clock.ts";
import type { Confirmed } from "./confirmed.ts";
import { contentOf } from "./content.ts";
import type { Write } from "./differences.ts";
import type { Intent } from "./intent.ts";
import type { Lanes } from "./lanes.ts";
import type { Observer } from "./observer.ts";
import type { Kubernetes, OwnedObject, World } from "./ports.ts";
import type { Stored } from "./stored.ts";
import type { Withdrawal } from "./withdrawal.ts";

export type WriteParts = {
  readonly kubernetes: Kubernetes;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly stored: Stored;
  readonly changes: Changes;
  readonly withdrawal: Withdrawal;
  readonly confirmed: Confirmed;
};

export class Writes {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  /** Each object in a lane of its own. `there`: what is stored of the namespace. */
  start(
    namespace: string,
    writes: readonly Write[],
    there: ReadonlyMap<string, OwnedObject>,
    intent: Intent,
    ladder: World["ladder"],
  ): void {
    const { lanes, changes, confirmed, clock } = this.#parts;
    for (const write of writes) {
      const isFilter = write.key.startsWith("EnvoyFilter ");
      const change = isFilter ? changes.begin(namespace, there.size === 0, clock.now()) : undefined;
      if (isFilter) confirmed.forget(namespace);
      lanes.start(write.key, async () => {
        let isPushed = false;
        try {
          isPushed = await this.#one(write, there.get(write.key), intent, ladder);
        } finally {
          if (change !== undefined) changes.end(change, isPushed, clock.now());
        }
      });
    }
  }

  /** @returns whether istiod pushes for what is stored now. @throws when it was refused */
  async #one(write: Write, before: OwnedObject | undefined, intent: Intent, ladder: World["ladder"]): Promise<boolean> {
    const { isLeader, observer } = this.#parts;
    if (!isLeader()) return false;
    const { key, verb } = write;
    const [kind = "", , name = ""] = key.split(/[ /]/);
    try {
      const after =
        write.verb === "apply"
          ? await this.#apply(key, before, intent, ladder)
          : await this.#remove(write.ref, key, before);
      observer.wrote(verb, kind, name);
      return before?.content.spec !== after?.content.spec;
    } catch (error) {
      observer.wrote(verb, kind, name, error as Error);
      throw new Error(`${key}: ${(error as Error).message}`);
    }
  }

  async #apply(
    key: string,
    before: OwnedObject | undefined,
    intent: Intent,
    ladder: World["ladder"],
  ): Promise<OwnedObject> {
    const { kubernetes, clock, stored, withdrawal } = this.#parts;
    if (ladder === undefined) throw new Error("there is no PriorityLadder to own it");
    const manifest = intent.manifest(key);
    const content = contentOf(manifest);
    // Before the answer: a proxy may refuse it sooner than we hear that it was stored.
    withdrawal.wrote({ ref: manifest, content }, intent.revision, clock.now());
    const after = await kubernetes.apply(manifest, ladder);
    stored.wrote(key, content, before?.content, after, clock.now());
    return after;
  }

  async #remove(ref: OwnedObject["ref"], key: string, before: OwnedObject | undefined): Promise<undefined> {
    const { kubernetes, clock, stored } = this.#parts;
    await kubernetes.remove(ref);
    stored.wrote(key, undefined, before?.content, undefined, clock.now());
  }
}
