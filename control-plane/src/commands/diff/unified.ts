// Compares the lines of two texts, and writes the differences as diff -u does, with three lines of context.
import { diff } from "node:util";

type Entry = { readonly mark: " " | "-" | "+"; readonly line: string };

const around = 3;
/** The search for the fewest differences costs their number times the number of lines; beyond this limit everything is replaced. */
const mostLines = 4_000;

/** The hunks, without the two lines that name the files. Empty if nothing differs. */
export function unified(before: readonly string[], after: readonly string[]): readonly string[] {
  return hunks(entries(before, after)).flatMap(({ from, to, entries: shown }) => {
    const lines = (marks: string): number => shown.filter(({ mark }) => marks.includes(mark)).length;
    const head = `@@ -${range(from, lines(" -"))} +${range(to, lines(" +"))} @@`;
    return [head, ...shown.map(({ mark, line }) => `${mark}${line}`)];
  });
}

/** `first` counts from 1; an empty range names the line before it. */
function range(first: number, count: number): string {
  return count === 1 ? String(first) : `${count === 0 ? first - 1 : first},${count}`;
}

function entries(before: readonly string[], after: readonly string[]): readonly Entry[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (lines: readonly string[]): Entry[] => lines.map((line) => ({ mark: " ", line }));
  return [
    ...same(before.slice(0, head)),
    ...changes(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

function changes(before: readonly string[], after: readonly string[]): Entry[] {
  if (before.length === 0 || after.length === 0 || before.length + after.length > mostLines)
    return [
      ...before.map((line): Entry => ({ mark: "-", line })),
      ...after.map((line): Entry => ({ mark: "+", line })),
    ];
  // The library is made for assertions: lines only in its first argument, the actual value, count as inserted.
  const marks = { "1": "-", "0": " ", "-1": "+" } as const;
  return diff(before, after).map(([operation, line]) => ({ mark: marks[`${operation as -1 | 0 | 1}`], line }));
}

type Hunk = { readonly from: number; readonly to: number; readonly entries: readonly Entry[] };

function hunks(all: readonly Entry[]): readonly Hunk[] {
  const changed = all.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const spans: { start: number; end: number }[] = [];
  for (const index of changed) {
    const last = spans.at(-1);
    const end = Math.min(index + around + 1, all.length);
    if (last !== undefined && index - around <= last.end) last.end = end;
    else spans.push({ start: Math.max(index - around, 0), end });
  }
  let [from, to, seen] = [1, 1, 0];
  const pass = (until: number): void => {
    for (; seen < until; seen++) {
      const { mark } = all[seen]!;
      if (mark !== "+") from++;
      if (mark !== "-") to++;
    }
  };
  return spans.map(({ start, end }) => {
    pass(start);
    return { from, to, entries: all.slice(start, end) };
  });
}
