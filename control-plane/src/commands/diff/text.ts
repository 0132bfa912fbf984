// Writes a diff for people, in the form of diff -u and git, with colours only on a terminal that supports them.
import { styleText } from "node:util";
import { type ObjectDifference, titleOf } from "./compare.ts";
import type { Diff } from "./diff.ts";

type Format = Parameters<typeof styleText>[0];

/** `stream`: where the text will go. Empty if nothing differs, as with diff. */
export function diffText({ differences }: Diff, stream: NodeJS.WritableStream): string {
  const paint = (format: Format, text: string): string => styleText(format, text, { stream });
  return differences
    .flatMap((difference) => [
      ...head(difference).map((line) => paint("bold", line)),
      ...difference.lines.map((line) => painted(line, paint)),
    ])
    .join("\n");
}

/** /dev/null represents a missing object, so that patch(1) and git can read it. */
function head(difference: ObjectDifference): readonly string[] {
  const { change } = difference;
  const title = titleOf(difference);
  return [
    `# ${title}: ${change}`,
    `--- ${change === "added" ? "/dev/null" : `cluster/${title}`}`,
    `+++ ${change === "removed" ? "/dev/null" : `wanted/${title}`}`,
  ];
}

const colors: Readonly<Record<string, Format>> = { "-": "red", "+": "green", "@": "cyan" };

function painted(line: string, paint: (format: Format, text: string) => string): string {
  const color = colors[line[0] ?? ""];
  return color === undefined ? line : paint(color, line);
}
