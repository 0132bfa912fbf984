// Lays out a table for a terminal: the first column is left-aligned, numbers are right-aligned.
import { styleText } from "node:util";

type Style = "bold" | "dim" | "green" | "red" | "yellow";

export interface Cell {
  readonly text: string;
  /** A second, dim line below the text, such as an interval. */
  readonly note?: string;
  readonly style?: Style;
}

/** Colours are used if the stream is a terminal and NO_COLOR is not set. */
export type Paint = (style: Style, text: string) => string;
export const painter =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    stream.isTTY ? styleText(style, text, { stream }) : text;

const gap = "  ";

/** In code points; the tables contain none that is wider than one column. */
const width = (text: string): number => [...text].length;

export function textTable(header: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string {
  const widths = header.map((title, column) =>
    Math.max(
      width(title),
      ...rows.map((row) => Math.max(width(row[column]?.text ?? ""), width(row[column]?.note ?? ""))),
    ),
  );
  const align = (text: string, column: number): string => {
    const space = " ".repeat((widths[column] ?? 0) - width(text));
    return column === 0 ? text + space : space + text;
  };
  const line = (parts: readonly string[]): string => `${gap}${parts.join(gap)}`.trimEnd();
  const lines = [line(header.map((title, column) => paint("dim", align(title, column))))];
  for (const row of rows) {
    const cells = row.map(({ text, style }, column) => {
      const aligned = align(text, column);
      return style === undefined ? aligned : paint(style, aligned);
    });
    lines.push(line(cells));
    if (row.some(({ note }) => note !== undefined))
      lines.push(line(row.map(({ note }, column) => paint("dim", align(note ?? "", column)))));
  }
  return lines.join("\n");
}
