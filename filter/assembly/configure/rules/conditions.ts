// Compiles matchers into the conditions of a rule. Matchers that ask the same question share one condition.
import { hashBytes, hashStart, sameBytes } from "../../abi/bytes";
import { Condition } from "../../core/rules/condition";
import { Field, Source } from "../../core/rules/field";
import { Rule } from "../../core/rules/rules";
import { Test, Value } from "../../core/rules/value";
import { refused } from "../refusal";
import { take } from "../store";
import { gatheredValue, keepValues, valueCount } from "./values";

/** Conditions by a hash of their question; one whose place is already taken is not shared. */
const places: u32 = 1024;
const known: usize = memory.data(places << 2, 4);

/** Conditions of the rule that is being read. */
const capacity: u32 = 64;
const gathered: usize = memory.data(capacity << 2, 4);
let count: u32 = 0;

export function forgetConditions(): void {
  memory.fill(known, 0, places << 2);
}

export function beginConditions(): void {
  count = 0;
}

function hashGathered(field: usize, inverted: bool): u32 {
  let hash = (hashStart ^ field) * 31 + <u64>inverted;
  for (let i: u32 = 0; i < valueCount; i++) {
    const value = gatheredValue(i);
    hash = hashBytes(
      hash ^ <u64>(<usize>value.test + (value.size << 4)),
      value.operand,
      value.test == Test.Percentage ? 0 : value.size,
    );
  }
  return <u32>(hash ^ (hash >> 32));
}

function isSame(one: Value, other: Value): bool {
  if (one.test != other.test || one.size != other.size || one.head != other.head) return false;
  return one.test == Test.Percentage || sameBytes(one.operand, other.operand, one.size);
}

/** Whether the condition asks for the values that were collected. */
function asksThat(condition: Condition, field: usize, inverted: bool): bool {
  if (condition.field != field || condition.inverted != inverted || condition.count != valueCount) return false;
  for (let i: u32 = 0; i < valueCount; i++)
    if (!isSame(changetype<Value>(condition.values + <usize>i * offsetof<Value>()), gatheredValue(i))) return false;
  return true;
}

function conditionFor(field: usize, inverted: bool): usize {
  const place = known + <usize>((hashGathered(field, inverted) & (places - 1)) << 2);
  const found: usize = load<u32>(place);
  if (found != 0 && asksThat(changetype<Condition>(found), field, inverted)) return found;
  const at = take(offsetof<Condition>());
  const values = keepValues();
  if (refused) return 0;
  const condition = changetype<Condition>(at);
  condition.field = field;
  condition.inverted = inverted;
  condition.values = values;
  condition.count = valueCount;
  store<u32>(place, <u32>at);
  return at;
}

/** Adds a condition with the collected values to the rule. */
export function addCondition(field: usize, inverted: bool): void {
  if (refused || count == capacity) return;
  const at = conditionFor(field, inverted);
  if (at != 0) store<u32>(gathered + <usize>(count++ << 2), <u32>at);
}

/** With one value that is not inverted, the field must begin with that value's head. */
function isSingle(condition: Condition): bool {
  return condition.count == 1 && !condition.inverted;
}

function rank(condition: Condition): u32 {
  return (changetype<Field>(condition.field).source << 1) + (isSingle(condition) ? 0 : 1);
}

function sort(): void {
  for (let i: u32 = 1; i < count; i++) {
    const at = load<u32>(gathered + ((<usize>i) << 2));
    let k = i;
    for (; k > 0; k--) {
      const before = load<u32>(gathered + ((<usize>(k - 1)) << 2));
      if (rank(changetype<Condition>(before)) <= rank(changetype<Condition>(at))) break;
      store<u32>(gathered + ((<usize>k) << 2), before);
    }
    store<u32>(gathered + ((<usize>k) << 2), at);
  }
}

function setHead(rule: Rule, condition: Condition): void {
  const value = changetype<Value>(condition.values);
  const test = value.test;
  if (!isSingle(condition) || changetype<Field>(condition.field).source == Source.Claim) return;
  if (test != Test.Exact && test != Test.Prefix && test != Test.Glob) return;
  rule.field = condition.field;
  rule.mask = value.mask;
  rule.head = value.head;
}

/** Gives the rule its conditions. */
export function keepConditions(rule: Rule): void {
  if (refused || count == 0) return;
  sort();
  const at = take((<usize>count) << 2);
  if (at == 0) return;
  memory.copy(at, gathered, (<usize>count) << 2);
  rule.conditions = at;
  rule.count = count;
  setHead(rule, changetype<Condition>(load<u32>(at)));
}
