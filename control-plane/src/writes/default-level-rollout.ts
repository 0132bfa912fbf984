// Decides when everything has to write the default level, because sidecars, or gateways that trust the mesh's levels, are about to classify or
// still do. While a proxy writes no header for the default level, such a one takes its requests for requests that nobody has classified
// (docs/adr/0042-the-default-level-is-no-header.md), and istiod pushes to all proxies at once, in no order.
import type { Clock } from "../reconcile/clock.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import type { Objects } from "../reconcile/owned-objects.ts";
import type { DefaultLevel } from "../reconcile/ports.ts";

/** Milliseconds after which proxies that have not taken the step are not awaited longer. */
const longest = 60_000;

const levelsOf = (objects: Objects): readonly DefaultLevel[] =>
  [...objects.values()].flatMap(({ summary: { defaultLevel } }) => defaultLevel ?? []);

export class DefaultLevelRollout {
  readonly #clock: Clock;
  /** When the step became necessary. */
  #since: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @returns the step between what is stored and what is wanted, which all proxies have to take first; undefined if there is none, or some
   * proxies have not taken it for a minute. A ladder that no longer enforces does not wait: it is how a mesh is switched off.
   */
  step({ plan, wanted, writingDefault }: DesiredState, stored: ReadonlyMap<string, Objects>): DesiredState | undefined {
    const isNecessary = plan?.mode === "Enforce" && wanted !== undefined && isBetween(wanted, stored);
    this.#since = isNecessary ? (this.#since ?? this.#clock.now()) : undefined;
    return this.#since === undefined || this.#clock.now() - this.#since > longest ? undefined : writingDefault?.();
  }
}

/** Why namespaces have to wait that the step leaves different from what is wanted. */
export function awaitingStep(wanted: Objects, step: Objects): ReadonlyMap<string, string> {
  const later = [...wanted].filter(([key, { summary }]) => step.get(key)?.summary.digest !== summary.digest);
  const why =
    "waits until all proxies of the mesh write the default level and none classifies what comes without a level";
  return new Map(later.map(([, { ref }]) => [ref.metadata.namespace, why]));
}

/** Once some objects are as wanted, the step has been taken. */
function isBetween(wanted: Objects, stored: ReadonlyMap<string, Objects>): boolean {
  const want = new Set(levelsOf(wanted));
  const have = new Set([...stored.values()].flatMap(levelsOf));
  if (have.size === 0 || want.size === 0) return false;
  return want.has("classified") ? !have.has("classified") : want.has("absent") && !have.has("absent");
}
