// Evaluates conditions. Rules that ask the same question share one, which is evaluated at most once per request.
import { Presence } from "../../abi/headers";
import { anyItem } from "./claim";
import { Field } from "./field";
import { currentRequest, read } from "./read-field";
import { Test, Value, valueHolds } from "./value";

@unmanaged
export class Condition {
  /** The request that `answer` applies to. */
  request: u64;
  field: usize;
  /** Array of Value, any of which must hold. */
  values: usize;
  count: u32;
  inverted: bool;
  answer: bool;
}

function holdsFor(value: Value, field: Field): bool {
  if (value.test >= Test.Present) return (field.presence != Presence.Absent) == (value.test == Test.Present);
  if (field.presence != Presence.Present) return false;
  return field.items >= 0 ? anyItem(value, field) : valueHolds(value, field.value, field.size);
}

function evaluate(condition: Condition): bool {
  const field = read(changetype<Field>(condition.field));
  let isUnknown = false;
  const end = condition.values + <usize>condition.count * offsetof<Value>();
  for (let at = condition.values; at < end; at += offsetof<Value>()) {
    const value = changetype<Value>(at);
    if (holdsFor(value, field)) return !condition.inverted;
    if (field.presence == Presence.Unreadable && value.test < Test.Present) isUnknown = true;
  }
  // A value that can't be read doesn't make a rule match, inverted or not.
  return condition.inverted && !isUnknown;
}

export function holds(condition: Condition): bool {
  if (condition.request != currentRequest) {
    condition.request = currentRequest;
    condition.answer = evaluate(condition);
  }
  return condition.answer;
}
