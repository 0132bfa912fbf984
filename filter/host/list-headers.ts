// Makes random lists of tracestate and baggage as W3C specifies them, and a plain model of how a member's value is read.
import fc from "fast-check";
import { listOf, ows } from "./trace-headers.ts";

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index));
const textOf = (units: readonly string[], minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...units), minLength, maxLength });

const keyUnits = [..."abcdefghijklmnopqrstuvwxyz0123456789_-*/@"];
const letter = fc.constantFrom(...keyUnits.slice(0, 36));
const visible = range(0x21, 0x7e).filter((unit) => !",=".includes(unit));

/** W3C Trace Context, 3.3.1: lcalpha / DIGIT, then keychar; value = 0*255(chr) nblk-chr. */
export const stateKey = fc.tuple(letter, textOf(keyUnits, 0, 8)).map((parts) => parts.join(""));
const stateValue = fc
  .tuple(textOf([" ", ...visible], 0, 8), fc.constantFrom(...visible))
  .map((parts) => parts.join(""));

export const stateMember = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string> = stateValue) =>
  fc.tuple(key, value).map((parts) => parts.join("="));

const token = textOf([..."abcXYZ019!#$%&'*+-.^_`|~"], 1, 8);
/** W3C Baggage, 3.2.1: US-ASCII without controls, white space, quote, comma, semicolon and backslash. */
const baggageOctets = range(0x21, 0x7e).filter((unit) => !'",;\\'.includes(unit));
const baggageValue = textOf(baggageOctets, 0, 8);

const property = fc.oneof(
  token,
  fc.tuple(token, ows, ows, baggageValue).map(([key, before, after, value]) => `${key}${before}=${after}${value}`),
);
const properties = fc
  .array(fc.tuple(ows, ows, property), { maxLength: 2 })
  .map((list) => list.map(([before, after, one]) => `${before};${after}${one}`).join(""));

export const baggageMember = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string> = baggageValue) =>
  fc
    .tuple(key, ows, ows, value, properties)
    .map(([name, before, after, text, more]) => `${name}${before}=${after}${text}${more}`);

/** Writes the text's UTF-8 bytes as a baggage value: percent-encoded where required, and in some other places. */
export function encodings(text: string): fc.Arbitrary<string> {
  const bytes = [...Buffer.from(text, "utf8")];
  return fc
    .array(fc.constantFrom("lower", "upper", "plain"), { minLength: bytes.length, maxLength: bytes.length })
    .map((ways) =>
      bytes
        .map((byte, index) => {
          const plain = String.fromCharCode(byte);
          if (ways[index] === "plain" && plain !== "%" && baggageOctets.includes(plain)) return plain;
          const encoded = `%${byte.toString(16).padStart(2, "0")}`;
          return ways[index] === "lower" ? encoded : encoded.toUpperCase();
        })
        .join(""),
    );
}

/** The members, spread over one or more headers. */
export function headersOf(members: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly string[]> {
  const cuts = fc.array(fc.nat({ max: 6 }), { maxLength: 2 });
  return fc.tuple(members, cuts).chain(([list, at]) => {
    const ends = [...at, list.length].sort((a, b) => a - b);
    return fc.tuple(...ends.map((end, index) => listOf(fc.constant(list.slice(ends[index - 1] ?? 0, end)))));
  });
}

const decoded = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** The value of the first member with this key, one character per byte; undefined if there is none. */
export function memberValue(header: string, lines: readonly string[], key: string): string | undefined {
  const start = key.replace(/[*/]/g, "\\$&");
  const form =
    header === "baggage"
      ? new RegExp(`^${start}[ \\t]*=[ \\t]*([^;]*?)[ \\t]*(;.*)?$`, "s")
      : new RegExp(`^${start}=(.*)$`, "s");
  for (const line of lines)
    for (const member of line.split(",")) {
      const value = member.replace(/^[ \t]+|[ \t]+$/g, "").match(form)?.[1];
      if (value !== undefined) return header === "baggage" ? decoded(value) : value;
    }
  return undefined;
}
