// Explains one request at one entry point: which rule matched, and why the others did not. The filter's own module evaluates every rule.
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import type { Plan, Rule } from "../../../core/plan.ts";
import { filterConfig } from "../../../render/xds/filter.ts";
import type { EntryPoint } from "./entry-point.ts";
import type { ExplainedRule, Explanation } from "./explanation.ts";
import type { FilterEvaluator } from "./filter-evaluator.ts";
import { matchersOf } from "./matchers.ts";
import type { Request } from "./request.ts";

type Question = {
  readonly plan: Plan;
  readonly entryPoint: EntryPoint;
  readonly request: Request;
  readonly evaluator: FilterEvaluator;
};

/** @throws when the evaluator's answer for the whole configuration differs from that for its single rules */
export function explain({
  plan,
  entryPoint,
  request,
  evaluator,
}: Question): Omit<Explanation, "notes" | "isApplied" | "queues"> {
  const { classification, kind, namespace, name } = entryPoint;
  // Role gateway writes the level of every request; an inbound sidecar reads the same header with the same trust and rules.
  const config = filterConfig({ ...plan, mode: "Enforce" }, "gateway", { classification });
  const level = evaluator.level(config, request);
  const common = { request, at: { kind, namespace, name }, level };
  if (isBelieved(config, request, evaluator))
    return { ...common, by: "header", rules: classification.rules.map((rule) => notReached(rule)) };

  const index = classification.rules.findIndex((rule) => evaluator.holds(rule.name, rule.match, request));
  const rules = classification.rules
    .map((rule, at) => (index >= 0 && at > index ? notReached(rule) : reached(rule, request, evaluator, at === index)))
    .filter(({ policy }) => policy !== "");
  const matched = classification.rules[index];
  const expected = matched?.level ?? classification.defaultLevel ?? plan.defaultLevel;
  if (level !== expected) throw new Error(`the filter gives ${level}, its rules one by one ${expected}`);
  if (matched !== undefined && matched.policy !== "")
    return { ...common, by: "rule", rule: matched.name, policy: matched.policy, rules };
  const isLadders = matched !== undefined || classification.defaultLevel === undefined;
  return { ...common, by: isLadders ? "ladder" : "policy", rules };
}

/** The level is the request's own if it does not depend on the policy. */
function isBelieved({ rules: _, ...config }: FilterConfig, request: Request, evaluator: FilterEvaluator): boolean {
  const [highest = "", next] = config.levels;
  if (next === undefined) return false;
  const levels = [highest, next].map((classifyDefault) => evaluator.level({ ...config, classifyDefault }, request));
  return levels[0] === levels[1];
}

function reached(rule: Rule, request: Request, evaluator: FilterEvaluator, matches: boolean): ExplainedRule {
  const matchers = matchersOf(rule.match).map(({ field, wanted, match, found }) => ({
    ...{ field, wanted, found: found(request) },
    holds: evaluator.holds(rule.name, match, request),
  }));
  const { name, policy, level } = rule;
  return { name, policy, level, outcome: matches ? "matches" : "fails", matchers };
}

function notReached({ name, policy, level }: Rule): ExplainedRule {
  return { name, policy, level, outcome: "not reached", matchers: [] };
}
