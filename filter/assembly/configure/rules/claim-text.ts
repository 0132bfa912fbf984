// Converts the text of a boolean or a whole number into the bytes that Envoy uses for a claim with that value.
import { isAscii } from "../../abi/ascii";
import { take } from "../store";

/** With more digits than a double holds exactly, only the text is compared. */
const maxDigits: usize = 15;

/** The size of the bytes for the last text that was a boolean or a number. */
export let parsedClaimSize: usize = 0;

function digitsOf(at: usize, size: usize): i64 {
  if (size == 0 || size > maxDigits || (size > 1 && load<u8>(at) == 0x30)) return -1;
  let number: i64 = 0;
  for (let i: usize = 0; i < size; i++) {
    const digit = load<u8>(at + i) - 0x30;
    if (digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function keepBoolean(is: bool): usize {
  parsedClaimSize = 1;
  const to = take(1);
  if (to != 0) store<u8>(to, is ? 1 : 0);
  return to;
}

/** The address of those bytes; 0 if the text is neither, and after a refusal. */
export function bytesOfClaim(at: usize, size: usize): usize {
  if (isAscii(at, size, "true")) return keepBoolean(true);
  if (isAscii(at, size, "false")) return keepBoolean(false);
  const isNegative = load<u8>(at) == 0x2d;
  const number = isNegative ? digitsOf(at + 1, size - 1) : digitsOf(at, size);
  if (number < 0 || (isNegative && number == 0)) return 0;
  parsedClaimSize = 8;
  const to = take(8);
  if (to != 0) store<f64>(to, <f64>(isNegative ? -number : number));
  return to;
}
