// The headers of a request enter, the level of the first rule that matches leaves. Rules were compiled into
// conditions at configure time; each header that they read is fetched at most once per request.
import { indexOfByte, sameBytes, sameIgnoringCase } from "../abi/bytes";
import { getHeader, headerSize, headerValue, Presence } from "../abi/headers";
import { noLevel, Root } from "./root";

export const enum Test {
  Exact = 0,
  Prefix = 1,
  Present = 2,
  Absent = 3,
  /** The part of `:path` before the query. */
  PathExact = 4,
  PathPrefix = 5,
  /** `:authority` without its port, in any case. The operand is in lower case. */
  Host = 6,
}

/** A header, pseudo-headers too, that some rule reads, and what the current request has there. */
@unmanaged
export class Field {
  next: usize;
  name: usize;
  nameSize: usize;
  /** The request for which the rest holds. */
  request: u32;
  presence: Presence;
  value: usize;
  size: usize;
}

@unmanaged
export class Condition {
  next: usize;
  field: usize;
  test: Test;
  operand: usize;
  size: usize;
}

@unmanaged
export class Rule {
  next: usize;
  /** First Condition, or 0: such a rule matches everything. */
  conditions: usize;
  level: i32;
}

let request: u32 = 0;

function fetch(field: Field): void {
  if (field.request == request) return;
  field.request = request;
  field.presence = getHeader(field.name, field.nameSize);
  field.value = headerValue;
  field.size = headerSize;
}

/** The size of host[:port] without the port; the colons of an IPv6 address stand in brackets. */
function hostSize(value: usize, size: usize): usize {
  let i = size;
  while (i > 0 && load<u8>(value + i - 1) >= 0x30 && load<u8>(value + i - 1) <= 0x39) i--;
  return i > 0 && load<u8>(value + i - 1) == 0x3a ? i - 1 : size;
}

function holds(condition: Condition): bool {
  const field = changetype<Field>(condition.field);
  fetch(field);
  if (condition.test == Test.Present) return field.presence != Presence.Absent;
  if (condition.test == Test.Absent) return field.presence == Presence.Absent;
  if (field.presence != Presence.Present) return false;
  const value = field.value;
  const size = condition.size;
  switch (condition.test) {
    case Test.Exact:
      return field.size == size && sameBytes(value, condition.operand, size);
    case Test.Prefix:
      return field.size >= size && sameBytes(value, condition.operand, size);
    case Test.PathExact:
      return indexOfByte(value, field.size, 0x3f) == size && sameBytes(value, condition.operand, size);
    case Test.PathPrefix:
      return indexOfByte(value, field.size, 0x3f) >= size && sameBytes(value, condition.operand, size);
    case Test.Host:
      return hostSize(value, field.size) == size && sameIgnoringCase(value, condition.operand, size);
    default:
      return false;
  }
}

function matches(rule: Rule): bool {
  for (let at = rule.conditions; at != 0; at = changetype<Condition>(at).next)
    if (!holds(changetype<Condition>(at))) return false;
  return true;
}

/** What the policy says of this request: its first matching rule, else its classifyDefault; noLevel without either. */
export function classify(root: Root): i32 {
  request++;
  for (let at = root.rules; at != 0; at = changetype<Rule>(at).next)
    if (matches(changetype<Rule>(at))) return changetype<Rule>(at).level;
  return root.classifyDefault;
}
