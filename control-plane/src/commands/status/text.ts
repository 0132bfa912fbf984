// Writes a status for people: a verdict, tables of policies, queues and proxies, and below each its problems, with colours only on a
// terminal that supports them.
import { styleText } from "node:util";
import type { Condition } from "../../api/conditions.ts";
import { proxyStates } from "../../core/proxy-state.ts";
import { type Cell, type Paint, textTable } from "../text-table.ts";
import type { ProxyStatus } from "./leader.ts";
import { queueLines } from "./queue-table.ts";
import { isWarning, nameOf, remarksOf } from "./remarks.ts";
import { isAsWanted, type PolicyStatus, type Status } from "./status.ts";

const marks = { True: ["✓", "green"], False: ["✗", "red"], Unknown: ["…", "yellow"] } as const;
const byLadder = ["–", "dim"] as const;
const warning = ["!", "yellow"] as const;
const verdicts = {
  True: "the policies are in force",
  False: "not everything is in force",
  Unknown: "it is not known whether the policies are in force",
} as const;
const colors = { programmed: "green", pending: "yellow", refused: "red", unsupported: "yellow" } as const;

/** Limit for proxies that are not programmed; --json shows all. */
const mostProxies = 20;

/** `stream`: where the text will go. */
export function statusText(status: Status, stream: NodeJS.WritableStream): string {
  const paint: Paint = (format, text) => styleText(format, text, { stream });
  const policies = policyLines(status.policies, paint);
  const queues = queueLines(status, paint);
  return [...head(status, paint), "", ...policies, ...queues, "", ...proxyLines(status, paint)].join("\n");
}

function head(status: Status, paint: Paint): string[] {
  const { cluster, controller } = status;
  const { leader, ready, replicas } = controller;
  const verdict = verdictOf(status);
  const [mark, color] = marks[verdict];
  const pods = replicas === 0 ? "no Deployment with replicas" : `${ready} of ${replicas} ready`;
  const leads = leader === undefined ? "no replica leads" : `${leader} leads`;
  return [
    `${paint(color, mark)} ${paint("bold", verdicts[verdict])}${verdict === "True" ? modeOf(status) : ""}`,
    paint("dim", `  ${cluster} · controller: ${leads}, ${pods}`),
  ];
}

function modeOf({ policies }: Status): string {
  const mode = policies.find(({ kind }) => kind === "PriorityLadder")?.mode;
  return mode === undefined || mode === "Enforce" ? "" : `, in mode ${mode}`;
}

/** Conditions persist: without a leader that knows the proxies, it is unknown whether they still hold. */
function verdictOf({ isProgrammed, policies, proxiesUnknown }: Status): Condition["status"] {
  if (isProgrammed) return "True";
  const isRefuted =
    !policies.some(({ kind }) => kind === "PriorityLadder") ||
    policies.some(
      (policy) =>
        policy.conditions.length === 0 ||
        policy.conditions.some((one) => one.status === "False" && !isAsWanted(policy, one)),
    );
  return proxiesUnknown === undefined || isRefuted ? "False" : "Unknown";
}

function policyLines(policies: readonly PolicyStatus[], paint: Paint): string[] {
  if (policies.length === 0) return ["There is no PriorityLadder and no PriorityPolicy."];
  const rows = policies.map((policy): Cell[] => [
    { text: policy.kind },
    { text: nameOf(policy) },
    { text: policy.mode ?? "" },
    ...conditionCells(policy),
  ]);
  const header = ["KIND", "NAME", "MODE", "CONDITIONS"].map((text) => ({ text }));
  const remarks = remarksOf(policies).map(({ status, on, type, reason, message, isByLadder }) => {
    const [mark, color] = isWarning({ type, status }) ? warning : isByLadder ? byLadder : marks[status];
    return `${paint(color, mark)} ${on}: ${type} ${paint("bold", reason)}: ${message}`;
  });
  return [...textTable([header, ...rows], { paint }), ...(remarks.length === 0 ? [] : ["", ...remarks])];
}

function conditionCells(policy: PolicyStatus): Cell[] {
  if (policy.conditions.length === 0) return [{ text: "… no controller has read it yet", format: "yellow" }];
  const shown = policy.conditions.filter((one) => one.type !== "LoopsOverlap" || isWarning(one));
  return shown.map((one) => {
    if (isWarning(one)) return { text: `${warning[0]} ${one.type}`, format: warning[1] };
    const [mark, format] = one.status !== "True" && isAsWanted(policy, one) ? byLadder : marks[one.status];
    return { text: `${mark} ${one.type}`, format };
  });
}

function proxyLines({ proxies, proxiesUnknown }: Status, paint: Paint): string[] {
  if (proxiesUnknown !== undefined) return [`${paint("yellow", "…")} the proxies are not known: ${proxiesUnknown}`];
  if (proxies.length === 0) return ["No proxy is enrolled."];
  const namespaces = [...Map.groupBy(proxies, ({ namespace }) => namespace)].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = namespaces.map(([namespace, members]): Cell[] => {
    const counts = proxyStates.map((state): Cell => {
      const number = members.filter((proxy) => proxy.state === state).length;
      return number === 0 ? { text: "0", format: "dim" } : { text: String(number), format: colors[state] };
    });
    return [{ text: namespace }, { text: String(members.length) }, ...counts];
  });
  const header = ["NAMESPACE", "PROXIES", ...proxyStates.map((state) => state.toUpperCase())].map((text) => ({ text }));
  return [...textTable([header, ...rows], { paint }), ...reasonLines(proxies, paint)];
}

function reasonLines(proxies: readonly ProxyStatus[], paint: Paint): string[] {
  const wrong = proxies.filter(({ state }) => state !== "programmed");
  if (wrong.length === 0) return [];
  const lines = wrong.slice(0, mostProxies).map(({ namespace, pod, state, reason }) => {
    const why = reason === "" ? "" : `: ${reason}`;
    return `${paint(colors[state], state)} ${namespace}/${pod}${why}`;
  });
  const more = wrong.length - lines.length;
  return ["", ...lines, ...(more === 0 ? [] : [paint("dim", `and ${more} more; --json has all`)])];
}
