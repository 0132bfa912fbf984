// Computes medians with intervals from the latencies of an idle mesh, and makes a table of them. Pure.
import { none, percent } from "../../measure/format.ts";
import { differences, type Estimate, estimate, median, quantile } from "../../measure/statistics.ts";
import { painter, textTable } from "../../measure/text-table.ts";

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

/** The others are compared with the first variant. */
export function idleRows(latencies: ReadonlyMap<string, readonly number[]>): readonly IdleRow[] {
  const [base = []] = latencies.values();
  return [...latencies].map(([name, own]) => {
    const sorted = own.toSorted((a, b) => a - b);
    const added = estimate(differences(own, base));
    return { name, p50: median(own), p90: quantile(sorted, 0.9), added, share: added.value / median(base) };
  });
}

const whole = (value: number): string => `${Math.round(value)}`.replace("-", "−");

export function idleTable(rows: readonly IdleRow[]): string {
  const cells = rows.map(({ name, p50, p90, added: { value, low, high }, share }, index) => [
    ...[name, whole(p50), whole(p90)],
    ...(index === 0 ? [none, none] : [`${whole(value)} [${whole(low)}, ${whole(high)}]`, percent(share * 100)]),
  ]);
  const header = ["variant", "p50, µs", "p90, µs", "added, µs", "added"];
  return textTable(
    header,
    cells.map((row) => row.map((text) => ({ text }))),
    painter(process.stdout),
  );
}
