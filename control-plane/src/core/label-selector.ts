// Evaluates a LabelSelector of Kubernetes.
import type { LabelSelector } from "../api/label-selector.ts";
import type { Labels } from "./labels.ts";

type Expression = LabelSelector["matchExpressions"][number];

const operators: Readonly<Record<string, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** Whether Kubernetes knows its operators. One with another operator selects nothing. */
export function isValidSelector({ matchExpressions }: LabelSelector): boolean {
  return matchExpressions.every(({ operator }) => Object.hasOwn(operators, operator));
}

/** An empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Labels = {}): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every((expression) => holds(expression, labels))
  );
}

function holds({ key, operator, values }: Expression, labels: Labels): boolean {
  return Object.hasOwn(operators, operator) && operators[operator]!(labels[key], values);
}
