// Collects the values of the matcher that is being read, because only its end shows whether another matcher has the same condition.

import { indexOfByte } from "../../abi/bytes";
import { headMask, headOf, Test, Value } from "../../core/rules/value";
import { take } from "../store";

/** 16 values of `any`, plus for a claim a second one for each that is a number or a boolean. */
const capacity: u32 = 32;
const gathered: usize = memory.data(capacity * offsetof<Value>(), 8);
export let valueCount: u32 = 0;

export function beginValues(): void {
  valueCount = 0;
}

/** @returns the last value's record */
export function addValue(test: Test, operand: usize, size: usize): Value {
  const value = changetype<Value>(gathered + <usize>(valueCount++ & (capacity - 1)) * offsetof<Value>());
  const head = test == Test.Glob ? indexOfByte(operand, size, 0x2a) : size;
  value.test = test;
  value.operand = operand;
  value.size = size;
  value.mask = headMask(head);
  value.head = headOf(operand, head);
  return value;
}

export function gatheredValue(index: u32): Value {
  return changetype<Value>(gathered + <usize>index * offsetof<Value>());
}

/** Makes a permanent copy; 0 after a refusal. */
export function keepValues(): usize {
  const size = <usize>valueCount * offsetof<Value>();
  const at = take(size);
  if (at != 0) memory.copy(at, gathered, size);
  return at;
}
