// Computes medians with intervals from the latencies of an idle mesh, and makes a table of them. Pure.
import { none, percent } from "../../measure/format.ts";
import { differences, type Estimate, estimate, median, quantile } from "../../measure/statistics.ts";
import { quietly } from "../quiet.ts";
import type { Table } from "../tables.ts";

export interface IdleRow {
  readonly name: string;
  /** µs */
  readonly p50: number;
  readonly p90: number;
  /** Median of the differences to the first variant's request of the same round, µs. */
  readonly added: Estimate;
  /** `added` as a share of the first variant's p50. */
  readonly share: number;
}

type Latencies = ReadonlyMap<string, readonly number[]>;

/**
 * @param quiet the variants while nothing was demoted
 * @param busy all variants, the demoted ones included; only those of Expedite have rows of their own
 */
export function idleRows(quiet: Latencies, busy: Latencies): readonly IdleRow[] {
  const isExpedite = ({ name }: IdleRow): boolean => name.startsWith("expedite-");
  const alone = rowsOf(quiet).map((row) => (isExpedite(row) ? { ...row, name: quietly(row.name) } : row));
  return [...alone, ...rowsOf(busy).filter(isExpedite)];
}

/** The others are compared with the first variant. */
function rowsOf(latencies: Latencies): readonly IdleRow[] {
  const [base = []] = latencies.values();
  return [...latencies].map(([name, own]) => {
    const sorted = own.toSorted((a, b) => a - b);
    const added = estimate(differences(own, base));
    return { name, p50: median(own), p90: quantile(sorted, 0.9), added, share: added.value / median(base) };
  });
}

const whole = (value: number): string => `${Math.round(value)}`.replace("-", "−");

export function idleTable(results: readonly IdleRow[]): Omit<Table, "part"> {
  const rows = results.map(({ name, p50, p90, added: { value, low, high }, share }, index) => [
    ...[name, whole(p50), whole(p90)],
    ...(index === 0 ? [none, none] : [`${whole(value)} [${whole(low)}, ${whole(high)}]`, percent(share * 100)]),
  ]);
  return { title: "In an idle mesh", header: ["variant", "p50, µs", "p90, µs", "added, µs", "added"], rows };
}
