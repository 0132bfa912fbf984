// Joins for tests: what inbound received, what the application sends, and the header that joins the two.
import { correlators, type FilterConfig } from "../config/schema.ts";
import type { FilterVm } from "./filter-vm.ts";
import { SharedData } from "./shared-data.ts";
import { configOf, type HeaderRecord, levelHeader, levelsOf, startFilter } from "./sidecar.ts";

/** A proxy that searches for ids of every kind. */
export interface Joins {
  readonly inbound: FilterVm;
  readonly outbound: FilterVm;
  /** Empties the slot table, because a new proxy for each of many requests would take too long. */
  forget(): void;
}

class Table extends SharedData {
  readonly #keys = new Map<string, number>();

  override set(key: string, value: Uint8Array, cas: number): boolean {
    this.#keys.set(key, value.length);
    return super.set(key, value, cas);
  }

  empty(): void {
    for (const [key, size] of this.#keys) super.set(key, new Uint8Array(size), 0);
  }
}

export function startJoins(clock?: () => bigint): Joins {
  const sharedData = new Table();
  const options = { sharedData, ...(clock === undefined ? {} : { clock }) };
  const config: Partial<FilterConfig> = { correlateBy: [...correlators], slotSets: 64, writeDefault: true };
  const [inbound, outbound] = (["inbound", "outbound"] as const).map((role) =>
    startFilter(configOf(role, config), options),
  );
  return { inbound: inbound!, outbound: outbound!, forget: () => sharedData.empty() };
}

export function receive({ inbound }: Joins, headers: HeaderRecord, level = "batch"): void {
  levelsOf(inbound, { ...headers, [levelHeader]: level });
}

/** The call's level; undefined if its cause is unknown. */
export function call({ outbound }: Joins, headers: HeaderRecord): string | undefined {
  return levelsOf(outbound, headers)[0];
}

/** Outbound's counts since the VM started, by the last part of the counters' names. */
export function joinCounters({ outbound }: Joins): Readonly<Record<string, number>> {
  outbound.tick();
  const start = "expedite.outbound.joins.";
  const counted = [...outbound.counters].filter(([name, value]) => name.startsWith(start) && value > 0);
  return Object.fromEntries(counted.map(([name, value]) => [name.slice(start.length), value]));
}

/** @returns the header that found the cause; undefined if none did */
export function joinedBy(received: HeaderRecord, sent: HeaderRecord): string | undefined {
  const joins = startJoins();
  receive(joins, received);
  const level = call(joins, sent);
  const found = Object.keys(joinCounters(joins)).find((name) => name.startsWith("found."));
  return level === "batch" ? found?.slice("found.".length) : undefined;
}
