// In: a status. Out: its lines for a person; color only where the stream is a terminal that wants it.
import { styleText } from "node:util";
import type { Condition, PolicyStatus, ProxyStatus, Status } from "./status.ts";

type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;
type Cell = { readonly text: string; readonly format?: Format };

const marks = { True: ["✓", "green"], False: ["✗", "red"], Unknown: ["…", "yellow"] } as const;
const states = ["programmed", "pending", "refused", "unsupported"] as const;
const colors = { programmed: "green", pending: "yellow", refused: "red", unsupported: "yellow" } as const;

/** Of proxies that are not programmed; --json has all. */
const mostProxies = 20;

/** `stream`: where the text will go. */
export function statusText(status: Status, stream: NodeJS.WritableStream): string {
  const paint: Paint = (format, text) => styleText(format, text, { stream });
  return [...head(status, paint), "", ...policyLines(status.policies, paint), "", ...proxyLines(status, paint)].join(
    "\n",
  );
}

function head({ cluster, controller: { leader, ready, replicas }, isProgrammed }: Status, paint: Paint): string[] {
  const [mark, color] = marks[isProgrammed ? "True" : "False"];
  const verdict = isProgrammed ? "the mesh obeys the policies" : "not everything is in force";
  const pods = replicas === 0 ? "no Deployment with replicas" : `${ready} of ${replicas} ready`;
  return [
    `${paint(color, mark)} ${paint("bold", verdict)}`,
    paint("dim", `  ${cluster} · controller: ${leader === undefined ? "nobody leads" : `${leader} leads`}, ${pods}`),
  ];
}

function policyLines(policies: readonly PolicyStatus[], paint: Paint): string[] {
  if (policies.length === 0) return ["There is no PriorityLadder and no PriorityPolicy."];
  const rows = policies.map((policy): Cell[] => [
    { text: policy.kind },
    { text: policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}` },
    { text: policy.mode ?? "" },
    ...conditionCells(policy.conditions),
  ]);
  const table = columns(
    [[{ text: "KIND" }, { text: "NAME" }, { text: "MODE" }, { text: "CONDITIONS" }], ...rows],
    paint,
  );
  // One that is True, for another reason than itself, says which requests share connections.
  const told = policies.flatMap((policy) =>
    policy.conditions
      .filter(({ type, status, reason }) => status !== "True" || reason !== type)
      .map(({ type, reason, message, status }) => {
        const [mark, color] = marks[status];
        const name = policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`;
        return `${paint(color, mark)} ${name}: ${type} ${paint("bold", reason)}: ${message}`;
      }),
  );
  return [...table, ...(told.length === 0 ? [] : ["", ...told])];
}

function conditionCells(conditions: readonly Condition[]): Cell[] {
  if (conditions.length === 0) return [{ text: "… not looked at yet", format: "yellow" }];
  return conditions.map(({ type, status }) => ({ text: `${marks[status][0]} ${type}`, format: marks[status][1] }));
}

function proxyLines({ proxies, proxiesUnknown }: Status, paint: Paint): string[] {
  if (proxiesUnknown !== undefined) return [`${paint("red", "✗")} the proxies are not known: ${proxiesUnknown}`];
  if (proxies.length === 0) return ["No proxy is enrolled."];
  const namespaces = [...new Set(proxies.map(({ namespace }) => namespace))].sort();
  const rows = namespaces.map((namespace): Cell[] => {
    const here = proxies.filter((proxy) => proxy.namespace === namespace);
    const counts = states.map((state): Cell => {
      const number = here.filter((proxy) => proxy.state === state).length;
      return number === 0 ? { text: "0", format: "dim" } : { text: String(number), format: colors[state] };
    });
    return [{ text: namespace }, { text: String(here.length) }, ...counts];
  });
  const header = ["NAMESPACE", "PROXIES", ...states.map((state) => state.toUpperCase())].map((text) => ({ text }));
  return [...columns([header, ...rows], paint), ...reasonLines(proxies, paint)];
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

/** Widths are those of the text without its colors; the first row is the head. */
function columns(rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    // The last cell of a row may be long: nothing stands behind it.
    Math.max(...rows.map((row) => (column < row.length - 1 ? row[column]!.text.length : 0))),
  );
  return rows.map((row, index) => {
    const cells = row.map(({ text, format }, column) => {
      const space = column === row.length - 1 ? "" : " ".repeat(widths[column]! - text.length + 2);
      const shown = index === 0 ? "dim" : format;
      return `${shown === undefined ? text : paint(shown, text)}${space}`;
    });
    return cells.join("");
  });
}
