// Writes an explanation for people, with colours only on a terminal that supports them.
import { styleText } from "node:util";
import type { ExplainedMatcher, ExplainedRule, Explanation } from "./explanation.ts";

type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;

/** `stream`: where the text will go. */
export function text(explanation: Explanation, stream: NodeJS.WritableStream): string {
  const paint: Paint = (format, part) => styleText(format, part, { stream });
  const { request, level, isApplied, notes } = explanation;
  const head = `${request.method} ${request.host}${request.path} ${paint("dim", "→")} ${paint("bold", level)}`;
  const limit = isApplied ? "" : `, but ${paint("bold", "no proxy applies it")}`;
  const lines = [head + limit, reason(explanation, paint), ...rules(explanation, paint), ...queues(explanation, paint)];
  const remarks = notes.map((note) => paint("dim", `note: ${note}`));
  return [...lines, ...(remarks.length === 0 ? [] : ["", ...remarks])].join("\n");
}

function reason({ at, by, rule, policy }: Explanation, paint: Paint): string {
  const place = at.kind === "Namespace" ? `workloads of namespace ${at.name}` : `${at.kind} ${at.namespace}/${at.name}`;
  const why = {
    rule: `rule ${paint("bold", rule ?? "")} of PriorityPolicy ${policy}`,
    header: "the request has the level in a header that is trusted, so no rule is tried",
    policy: "no rule matches, so the policy's defaultLevel applies",
    ladder: "no rule matches, so the ladder's defaultLevel applies",
  };
  return `${paint("dim", `at ${place}:`)} ${why[by]}`;
}

const ends = { Forward: "then it is let through", Reject: "then it is answered with 429 and Retry-After" } as const;

/** One line per RequestQueue. */
function queues({ queues: all }: Explanation, paint: Paint): string[] {
  if (all.length === 0) return [];
  const lines = all.map(({ name, targets, limit, minLimit, wait }) => {
    const place = `${targets.join(", ")} (RequestQueue ${name})`;
    if (wait === undefined) return `  ${place}: it never waits, because of its path`;
    const { level, maxWait, onTimeout } = wait;
    const many =
      minLimit === undefined
        ? `${limit} requests`
        : `as many requests as its limit, which its sidecar finds from ${minLimit} to ${limit}`;
    const busy = `while a pod has ${many}, it waits in the queue of ${paint("bold", level)}`;
    return `  ${place}: ${busy} for at most ${maxWait}; ${ends[onTimeout]}`;
  });
  return ["", paint("dim", "where it, or a request that it causes, comes to a busy service:"), ...lines];
}

const marks = { matches: "✓", fails: "✗", "not reached": "·" } as const;
const colors = { matches: "green", fails: "red", "not reached": "dim" } as const;

/** One line per rule and failed matcher; for the rule that matches, all matchers. Rules that were not reached are only counted. */
function rules({ rules: all }: Explanation, paint: Paint): string[] {
  const reached = all.filter(({ outcome }) => outcome !== "not reached");
  const rest = all.length - reached.length;
  const shown = reached.map((rule) => ({ rule, matchers: decisive(rule) }));
  const name = width(shown.map(({ rule }) => rule.name));
  const wanted = width(shown.flatMap(({ matchers }) => matchers.map(asked)));
  const lines = shown.flatMap(({ rule, matchers }) => {
    const mark = paint(colors[rule.outcome], marks[rule.outcome]);
    if (matchers.length === 0) return [`  ${mark} ${rule.name.padEnd(name)}  matches every request`];
    return matchers.map((matcher, index) => {
      const start = index === 0 ? `${mark} ${rule.name.padEnd(name)}` : " ".repeat(name + 2);
      return `  ${start}  ${asked(matcher).padEnd(wanted)}  ${paint("dim", "found")} ${matcher.found}`;
    });
  });
  const more = rest === 0 ? [] : [paint("dim", `  ${marks["not reached"]} ${rest} more, not reached`)];
  return lines.length + more.length === 0 ? [] : ["", ...lines, ...more];
}

function decisive({ outcome, matchers }: ExplainedRule): readonly ExplainedMatcher[] {
  return outcome === "fails" ? matchers.filter(({ holds }) => !holds) : matchers;
}

function asked({ field, wanted }: ExplainedMatcher): string {
  return `${field} ${wanted}`;
}

function width(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((entry) => entry.length));
}
