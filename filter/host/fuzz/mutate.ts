// Corrupts a text of one character per byte at one to four random places.
import type { Random } from "./random.ts";

const pieces = [
  '"',
  "{",
  "[",
  "]",
  "}",
  ",",
  ":",
  "\\",
  "\\u",
  "\0",
  "\x80",
  "\xff",
  "é",
  "-",
  "/",
  "*",
  "**",
  "&",
  "=",
  "0",
];

type Injury = (random: Random, text: string, at: number) => string;

const injuries: readonly Injury[] = [
  (random, text, at) => text.slice(0, at) + random.bytes(1) + text.slice(at + 1),
  (random, text, at) => text.slice(0, at) + random.pick(pieces) + text.slice(at),
  (random, text, at) => text.slice(0, at) + text.slice(at + 1 + random.below(8)),
  (random, text, at) => text.slice(0, at) + text.slice(random.below(text.length + 1)),
  (random, text, at) => text.slice(0, at) + text.slice(at, at + random.below(30)) + text.slice(at),
  (random, text, at) => text.slice(0, at) + text.slice(at, at + 1).repeat(1 + random.below(300)) + text.slice(at + 1),
  (_random, text, at) => text.slice(0, at),
];

export function mutate(random: Random, text: string): string {
  let injured = text;
  for (let left = 1 + random.below(4); left > 0; left--)
    injured = random.pick(injuries)(random, injured, random.below(injured.length + 1));
  return injured;
}
