// The JSON of `rules` enters; Rule, Condition and Field records for core/rules.ts leave, in the order of the text.
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { Condition, Field, Rule, Test } from "../core/rules";
import { noLevel, Root } from "../core/root";
import { nextField, nextItem, openArray, openObject, readBoolean, requireFields } from "./json";
import { stringAt, stringSize } from "./json-string";
import { leavePath, pathSize, refuse, refuseNumber, refused } from "./refusal";
import { keepLowerCase, keepString, take } from "./store";
import { readFilled, readHeaderName, readLevelName, readMethod, readPathText } from "./strings";

const maxRules: u32 = 1000;
const maxHeaders: u32 = 16;
const maxRuleName: u32 = 63;
const maxHost: u32 = 253;

const method = constant(":method");
const authority = constant(":authority");
const path = constant(":path");

/** A rule with the name of its level, which is looked up when all of the configuration is read. */
@unmanaged
export class NamedRule extends Rule {
  levelName: usize;
  levelNameSize: usize;
}

/** The record for a header, shared by all rules that read it. `isKept`: the name lies in memory that stays. */
function fieldOf(root: Root, name: usize, size: usize, isKept: bool): usize {
  for (let at = root.fields; at != 0; at = changetype<Field>(at).next) {
    const field = changetype<Field>(at);
    if (field.nameSize == size && sameBytes(field.name, name, size)) return at;
  }
  const at = take(offsetof<Field>());
  if (at == 0) return 0;
  const field = changetype<Field>(at);
  field.name = isKept ? name : keepString();
  field.nameSize = size;
  field.next = root.fields;
  root.fields = at;
  return at;
}

/** The order of a rule's conditions doesn't matter: all must hold. */
function addCondition(rule: Rule, field: usize, test: Test, operand: usize): void {
  const at = take(offsetof<Condition>());
  if (refused) return;
  const condition = changetype<Condition>(at);
  condition.field = field;
  condition.test = test;
  condition.operand = operand;
  condition.size = operand == 0 ? 0 : stringSize;
  condition.next = rule.conditions;
  rule.conditions = at;
}

function readPath(root: Root, rule: Rule): void {
  if (!openObject()) return;
  const names = "exact prefix";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    if (!readPathText()) return;
    const test = key == 0 ? Test.PathExact : Test.PathPrefix;
    addCondition(rule, fieldOf(root, path, 5, true), test, keepString());
  }
  if (!refused && seen == 0) refuse("needs exact or prefix");
}

/** The header's name may follow what is asked of it, so conditions get their field at the end. */
function readHeader(root: Root, rule: Rule): void {
  if (!openObject()) return;
  const names = "name exact prefix present";
  const mark = pathSize;
  const before = rule.conditions;
  let field: usize = 0;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    if (key == 0) {
      if (!readHeaderName()) return;
      field = fieldOf(root, stringAt, stringSize, false);
    } else if (key == 3) {
      addCondition(rule, 0, readBoolean() ? Test.Present : Test.Absent, 0);
    } else {
      if (!readFilled(0)) return;
      addCondition(rule, 0, key == 1 ? Test.Exact : Test.Prefix, keepString());
    }
  }
  if (!requireFields(names, seen, 1)) return;
  if (seen == 1) refuse("needs exact, prefix or present");
  for (let at = rule.conditions; at != before; at = changetype<Condition>(at).next) changetype<Condition>(at).field = field;
}

function readHeaders(root: Root, rule: Rule): void {
  if (!openArray()) return;
  const mark = pathSize;
  for (let i: u32 = 0; nextItem(i, mark); i++) {
    if (i == maxHeaders) return refuseAt(mark, maxHeaders);
    readHeader(root, rule);
  }
}

function refuseAt(mark: usize, limit: u32): void {
  leavePath(mark);
  refuseNumber("has too many items; the most allowed are ", limit);
}

function readMatch(root: Root, rule: Rule): void {
  if (!openObject()) return;
  const names = "method host path headers";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    if (key == 0) {
      if (readMethod()) addCondition(rule, fieldOf(root, method, 7, true), Test.Exact, keepString());
    } else if (key == 1) {
      if (readFilled(maxHost)) addCondition(rule, fieldOf(root, authority, 10, true), Test.Host, keepLowerCase());
    } else if (key == 2) readPath(root, rule);
    else readHeaders(root, rule);
  }
}

function readRule(root: Root, rule: NamedRule): void {
  if (!openObject()) return;
  const names = "name match level";
  const mark = pathSize;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, mark); key >= 0; key = nextField(names, seen, mark)) {
    seen |= 1 << key;
    if (key == 0) readFilled(maxRuleName);
    else if (key == 1) readMatch(root, rule);
    else if (readLevelName()) {
      rule.levelName = keepString();
      rule.levelNameSize = stringSize;
    }
  }
  requireFields(names, seen, 7);
}

export function readRules(root: Root): void {
  if (!openArray()) return;
  const mark = pathSize;
  let last: usize = 0;
  for (let i: u32 = 0; nextItem(i, mark); i++) {
    if (i == maxRules) return refuseAt(mark, maxRules);
    const at = take(offsetof<NamedRule>());
    if (at == 0) return;
    const rule = changetype<NamedRule>(at);
    rule.level = noLevel;
    readRule(root, rule);
    if (last == 0) root.rules = at;
    else changetype<Rule>(last).next = at;
    last = at;
  }
}
