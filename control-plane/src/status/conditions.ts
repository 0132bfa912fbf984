// Makes the conditions of a policy or the ladder, as in Gateway API policy attachment, from verdicts and the states of proxies. Pure.
import type { Condition, Finding } from "../api/conditions.ts";
import { formatProblem } from "../api/parse.ts";
import { reasons, withoutEffect } from "../api/reasons.ts";
import { type ProxyState, proxyStates } from "../core/proxy-state.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";
import type { Reach } from "../reconcile/desired-state.ts";
import type { NodeSummary, PolicyObject } from "../reconcile/ports.ts";
import { enforced } from "./enforced.ts";

export type Facts = {
  readonly verdicts: readonly Verdict[];
  /** By namespace. */
  readonly proxies: ReadonlyMap<string, readonly ProxyState[]>;
  /** By namespace: the number of proxies whose metrics were read, and of those whose metrics could not be read. */
  readonly metrics: ReadonlyMap<string, { readonly read: number; readonly unknown: number }>;
  /** Why nothing is known about the proxies. */
  readonly proxiesUnknown?: string;
  /** The proxies of a policy are those of its namespace and these. */
  readonly reach: Reach;
  /** Why something is not written, or was rolled back, by namespace. */
  readonly withheld: ReadonlyMap<string, string>;
  /** Why something is not stored yet, by namespace. */
  readonly unwritten: ReadonlyMap<string, string>;
  /** Why nothing can be decided or written. */
  readonly undecided?: string;
  readonly mode: string | undefined;
  /** That have an agent. */
  readonly nodes: readonly NodeSummary[];
};

/** Characters; a condition's message may have 32,768. */
const longest = 2000;

export function conditionsOf(object: PolicyObject, facts: Facts, now: string): readonly Condition[] {
  if (facts.undecided !== undefined) {
    const finding: Finding = { status: "Unknown", reason: "ProxiesUnknown", message: facts.undecided };
    const others = object.conditions.filter(({ type }) => type !== "Programmed");
    return [...others, condition(object, "Programmed", finding, now)];
  }
  const own = facts.verdicts.filter(
    ({ on }) => on.kind === object.ref.kind && on.name === object.ref.name && on.namespace === object.ref.namespace,
  );
  const found: [Condition["type"], Finding][] = [["Accepted", accepted(own)]];
  const refused = own.some(({ reason }) => reasons[reason].refused);
  if (!refused) {
    found.push(["ResolvedRefs", resolvedRefs(own)]);
    found.push(["Programmed", programmed(object, facts)]);
    if (object.ref.kind === "PriorityLadder") found.push(["Enforced", enforced(object, ladderLimits(own), facts)]);
    const overlap = loopsOverlap(object, facts.verdicts);
    if (overlap !== undefined) found.push(["LoopsOverlap", overlap]);
  }
  return found.map(([type, finding]) => condition(object, type, finding, now));
}

/** The time changes only with the status. */
function condition(
  object: PolicyObject,
  type: Condition["type"],
  { status, reason, message }: Finding,
  now: string,
): Condition {
  const before = object.conditions.find((entry) => entry.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
  return {
    type,
    status,
    observedGeneration: object.generation,
    lastTransitionTime,
    reason,
    message: message.slice(0, longest),
  };
}

function accepted(own: readonly Verdict[]): Finding {
  const refused = own.filter(({ reason }) => reasons[reason].refused);
  const [first] = refused;
  if (first === undefined) return { status: "True", reason: "Accepted", message: "The object is in force." };
  return { status: "False", reason: first.reason, message: refused.map(said).join("; ") };
}

function resolvedRefs(own: readonly Verdict[]): Finding {
  const missing = own.filter(({ reason }) => reasons[reason].condition === "ResolvedRefs");
  const [first] = missing;
  if (first === undefined)
    return { status: "True", reason: "ResolvedRefs", message: "Everything that is named exists." };
  return { status: "False", reason: first.reason, message: missing.map(said).join("; ") };
}

function said({ field, message }: Verdict): string {
  return formatProblem({ path: field, value: undefined, message });
}

function programmed(object: PolicyObject, facts: Facts): Finding {
  const { proxies, proxiesUnknown, withheld, unwritten, mode } = facts;
  const { namespace, name } = object.ref;
  const reach = facts.reach.get(`${namespace}/${name}`);
  const isOwn = (place: string | undefined): boolean => namespace === undefined || place === namespace;
  const concerned = (place: string): boolean => isOwn(place) || reach?.has(place) === true;
  const said = (places: ReadonlyMap<string, string>): readonly string[] =>
    [...places]
      .filter(([place]) => concerned(place))
      .map(([place, why]) => `${place}: ${why}`)
      .sort();
  const pending = said(unwritten);
  if (mode === "Disabled")
    return pending.length > 0
      ? { status: "False", reason: "Pending", message: `The ladder's mode is Disabled; ${pending.join("; ")}` }
      : {
          status: "False",
          reason: "Disabled",
          message: "The ladder's mode is Disabled: Expedite has no objects in the mesh.",
        };
  const taken = said(withheld);
  if (taken.length > 0) return { status: "False", reason: "Withheld", message: taken.join("; ") };
  if (proxiesUnknown !== undefined) return { status: "Unknown", reason: "ProxiesUnknown", message: proxiesUnknown };
  const places = namespace === undefined ? proxies.keys() : new Set([namespace, ...(reach ?? [])]);
  const mine = [...places].flatMap((place) => proxies.get(place) ?? []);
  // Verdicts about another policy or queue of the namespace concern only that one.
  const isOthers = ({ kind, name: other }: ObjectRef): boolean =>
    attached.includes(kind) && namespace !== undefined && (other !== name || kind !== object.ref.kind);
  const limits = facts.verdicts.filter(
    ({ on, reason }) => reasons[reason].condition === "Programmed" && isOwn(on.namespace) && !isOthers(on),
  );
  const message = [counts(mine), ...sampled(facts, concerned), ...pending, ...limits.map(limitText)].join("; ");
  const has = (state: ProxyState["state"]): boolean => mine.some((proxy) => proxy.state === state);
  const before = object.conditions.find(({ type }) => type === "Programmed");
  const isSaid = before?.status === "True" && before.observedGeneration === object.generation;
  const isEarly = mine.every(({ state, isTooEarly }) => state === "programmed" || isTooEarly === true);
  // Another leader's condition holds until there is a sign that it no longer does.
  if (isSaid && isEarly && has("pending") && pending.length === 0) return before;
  if (has("refused")) return { status: "False", reason: "Refused", message };
  if (has("pending") || pending.length > 0) return { status: "False", reason: "Pending", message };
  if (has("unsupported")) return { status: "False", reason: "PartiallyProgrammed", message };
  const idle = limits.find(({ on, reason }) => attached.includes(on.kind) && withoutEffect.includes(reason));
  if (namespace !== undefined && (idle !== undefined || mine.length === 0))
    return { status: "False", reason: idle?.reason ?? "NoProxies", message };
  return { status: "True", reason: limits[0]?.reason ?? "Programmed", message };
}

/**
 * A warning, so True is what is wrong. Said of a RequestQueue in any case, and of a PriorityPolicy if there is something: about itself, or
 * about an object of its namespace that is neither.
 */
function loopsOverlap({ ref }: PolicyObject, verdicts: readonly Verdict[]): Finding | undefined {
  if (!attached.includes(ref.kind)) return undefined;
  const found = verdicts.filter(
    ({ reason, on }) =>
      reasons[reason].condition === "LoopsOverlap" &&
      on.namespace === ref.namespace &&
      (!attached.includes(on.kind) || (on.kind === ref.kind && on.name === ref.name)),
  );
  if (found.length > 0) return { status: "True", reason: "LoopsOverlap", message: found.map(overlapText).join("; ") };
  if (ref.kind !== "RequestQueue") return undefined;
  return { status: "False", reason: "NoOverlap", message: "No other control loop is known to work against this one." };
}

const overlapText = (verdict: Verdict): string => `${objectText(verdict.on)}: ${said(verdict)}`;

/** As in the messages of the commands: the ladder has no namespace. */
const objectText = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

/** Kinds whose objects apply to what they target. */
const attached: readonly string[] = ["PriorityPolicy", "RequestQueue"];

/** `7 of 9 proxies programmed; 2 pending: shop/web-0 (why), …` */
function counts(proxies: readonly ProxyState[]): string {
  const of = (state: ProxyState["state"]): readonly ProxyState[] => proxies.filter((proxy) => proxy.state === state);
  const others = proxyStates
    .filter((state) => state !== "programmed")
    .map((state) => [state, of(state)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([state, found]) => `${found.length} ${state}: ${found.slice(0, 5).map(named).join(", ")}`);
  return [`${of("programmed").length} of ${proxies.length} proxies programmed`, ...others].join("; ");
}

function sampled({ metrics }: Facts, concerned: (place: string) => boolean): readonly string[] {
  const mine = [...metrics].filter(([place]) => concerned(place)).map(([, found]) => found);
  const sum = (field: "read" | "unknown"): number => mine.reduce((total, found) => total + found[field], 0);
  const [read, unknown] = [sum("read"), sum("unknown")];
  return [
    ...(read === 0 ? [] : [`the metrics of ${read} of them have the filter's configuration`]),
    ...(unknown === 0 ? [] : [`the metrics of ${unknown} could not be read`]),
  ];
}

const limitText = (verdict: Verdict): string => `${verdict.reason}: ${objectText(verdict.on)}: ${said(verdict)}`;

const named = ({ namespace, pod, reason }: ProxyState): string => `${namespace}/${pod} (${reason.slice(0, 300)})`;

function ladderLimits(own: readonly Verdict[]): readonly Pick<Finding, "reason" | "message">[] {
  return own
    .filter(({ reason }) => reasons[reason].condition === "Enforced")
    .map((verdict) => ({ reason: verdict.reason, message: said(verdict) }));
}

/** Equal except for the times: nothing to write. */
export function isSame(a: readonly Condition[], b: readonly Condition[]): boolean {
  const text = (conditions: readonly Condition[]): string =>
    JSON.stringify(
      conditions
        .map(({ type, status, observedGeneration, reason, message }) => [
          type,
          status,
          observedGeneration,
          reason,
          message,
        ])
        .sort(),
    );
  return text(a) === text(b);
}
