// Reads `rules` into Rule records, in the order of the text.
import { hashBytes, hashStart } from "../../abi/bytes";
import { Configuration } from "../../core/configuration";
import { Rule } from "../../core/rules/rules";
import { readFields, readItemsOrNone } from "../json";
import { parsedString, parsedStringSize } from "../json-string";
import { resolveLevel } from "../ladder";
import { enterField, enterItem, leavePath, refused } from "../refusal";
import { keepString, take } from "../store";
import { readFilled, readLevelName } from "../strings";
import { beginConditions, forgetConditions, keepConditions } from "./conditions";
import { forgetFields } from "./fields";
import { addPercentage, readMatch } from "./match";

const maxRules: u32 = 1000;
const maxRuleName: u32 = 63;

/** A rule with the name of its level, which is looked up once the whole configuration is read. */
@unmanaged
class NamedRule extends Rule {
  levelName: usize;
  levelNameSize: usize;
}

let first: usize = 0;
let last: usize = 0;
let nameHash: u64 = 0;

function readRuleField(key: i32): void {
  if (key == 0) {
    if (readFilled(maxRuleName)) nameHash = hashBytes(hashStart, parsedString, parsedStringSize);
  } else if (key == 1) readMatch();
  else if (readLevelName()) {
    const rule = changetype<NamedRule>(last);
    rule.levelNameSize = parsedStringSize;
    rule.levelName = keepString();
  }
}

function readRule(): void {
  const at = take(offsetof<NamedRule>());
  if (at == 0) return;
  if (last == 0) first = at;
  else changetype<Rule>(last).next = at;
  last = at;
  beginConditions();
  if (readFields("name match level", 7, readRuleField) == 0) return;
  addPercentage(nameHash);
  keepConditions(changetype<Rule>(at));
}

export function readRules(configuration: Configuration): void {
  forgetFields();
  forgetConditions();
  first = 0;
  last = 0;
  readItemsOrNone(maxRules, readRule);
  configuration.rules = first;
}

/** To be called once the ladder is known. */
export function resolveRules(configuration: Configuration): void {
  let index: u32 = 0;
  for (let at = configuration.rules; at != 0 && !refused; at = changetype<Rule>(at).next) {
    const rule = changetype<NamedRule>(at);
    leavePath(0);
    enterField("rules", 0);
    enterItem(index++);
    enterField("level", 0);
    rule.level = resolveLevel(configuration, rule.levelName, rule.levelNameSize);
  }
}
