// The comparison as tables: a row for each scenario, a column for each limit.
import { none } from "../measure/format.ts";
import { painter, textTable } from "../measure/text-table.ts";
import { type Comparison, limitNames, type Summary } from "./compare.ts";

const percent = (value: number): string => (Number.isNaN(value) ? none : `${(value * 100).toFixed(1)}`);

const tables: readonly { readonly title: string; readonly cell: (summary: Summary) => string }[] = [
  { title: "Time in which the limit is from 1 to 2 × the knee, %", cell: ({ inRange }) => percent(inRange) },
  {
    title: "Seconds until it is, for two seconds, in the slowest phase of all repeats",
    cell: ({ found }) => (Number.isFinite(found) ? found.toFixed(1) : "never"),
  },
  { title: "Throughput while requests wait, % of what the application can do", cell: (of) => percent(of.throughput) },
  { title: "The same in the worst second", cell: ({ worstSecond }) => percent(worstSecond) },
  { title: "p99 of a person's requests, ms", cell: ({ p99 }) => p99[0].toFixed(0) },
  { title: "p99 of batch requests, ms", cell: ({ p99 }) => p99[1].toFixed(0) },
];

export function comparisonTables(comparisons: readonly Comparison[]): string {
  const paint = painter(process.stdout);
  return tables
    .map(({ title, cell }) => {
      const rows = comparisons.map(({ scenario, summaries }) => [
        { text: scenario.title },
        ...summaries.map((summary) => ({ text: cell(summary) })),
      ]);
      return `${title}\n\n${textTable(["", ...limitNames], rows, paint)}\n`;
    })
    .join("\n");
}
