// In: the rules of one listener. Out: why they are more than the filter takes (filter/config/schema.ts), or nothing.
import { maxConfigBytes } from "@expedite/filter/config/schema.ts";

/** The schema's own limit on a list of rules. */
const maxRules = 1000;
/** What a configuration holds besides rules (levels, correlators, carriers with their values) is always shorter than this. */
const otherBytes = 32_768;
const maxBytes = maxConfigBytes - otherBytes;

/** To follow "has" or "gets". */
export function tooMuch(rules: readonly object[]): string | undefined {
  if (rules.length > maxRules) return `${rules.length} rules; allowed: at most ${maxRules}`;
  const bytes = new TextEncoder().encode(JSON.stringify(rules)).length;
  return bytes > maxBytes ? `rules of ${bytes} bytes as JSON; allowed: at most ${maxBytes}` : undefined;
}
