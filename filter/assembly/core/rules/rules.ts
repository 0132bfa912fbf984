// Finds the first rule that matches a request. Rules are compiled at configure time; what they read of the request is fetched at most once,
// and only when a rule that reads it is reached.
import { Configuration } from "../configuration";
import { Condition, holds } from "./condition";
import { Field } from "./field";
import { beginRequest, read } from "./read-field";

@unmanaged
export class Rule {
  /** The required first 8 bytes of `field`, under a mask: rejects most rules at once. */
  head: u64;
  mask: u64;
  /** Address of the Field, or 0 if the rule has no such condition. */
  field: usize;
  next: usize;
  /** Array of addresses of Condition, all of which must hold; the cheapest to refute come first. */
  conditions: usize;
  count: u32;
  level: i32;
}

function matches(rule: Rule): bool {
  const end = rule.conditions + ((<usize>rule.count) << 2);
  for (let at = rule.conditions; at < end; at += 4) if (!holds(changetype<Condition>(load<u32>(at)))) return false;
  return true;
}

/** The policy's level for this request: that of its first matching rule, otherwise classifyDefault; noLevel without either. */
export function classify(configuration: Configuration): i32 {
  beginRequest();
  for (let at = configuration.rules; at != 0; at = changetype<Rule>(at).next) {
    const rule = changetype<Rule>(at);
    if (rule.field != 0 && (read(changetype<Field>(rule.field)).head & rule.mask) != rule.head) continue;
    if (matches(rule)) return rule.level;
  }
  return configuration.classifyDefault;
}
