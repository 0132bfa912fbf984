// Lays out rows of cells as a text table whose columns line up; colours do not count as width.
import type { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];
export type Paint = (format: Format, text: string) => string;
export type Cell = { readonly text: string; readonly format?: Format };

/** The first row is the head. Columns from `numbersFrom` on are aligned to the right; the last cell of a row may be of any length. */
export function textTable(
  rows: readonly (readonly Cell[])[],
  { paint, numbersFrom = Number.POSITIVE_INFINITY }: { readonly paint: Paint; readonly numbersFrom?: number },
): string[] {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(
      ...rows.map((row) => (column < row.length - 1 || column >= numbersFrom ? (row[column]?.text.length ?? 0) : 0)),
    ),
  );
  return rows.map((row, index) => {
    const cells = row.map(({ text, format }, column) => {
      const shown = index === 0 ? "dim" : format;
      const painted = shown === undefined ? text : paint(shown, text);
      const space = " ".repeat(Math.max(0, widths[column]! - text.length));
      if (column >= numbersFrom) return `${space}${painted}`;
      return column === row.length - 1 ? painted : `${painted}${space}`;
    });
    return cells.join("  ").trimEnd();
  });
}
