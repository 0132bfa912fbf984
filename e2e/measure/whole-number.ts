// Parses whole numbers in the command lines of benches.
import { InvalidArgumentError } from "commander";

/** `low`, `high`: the least and the greatest value, both allowed. @throws InvalidArgumentError for anything else */
export const wholeNumber =
  (low: number, high: number) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Allowed: a whole number from ${low} to ${high}.`);
  };
