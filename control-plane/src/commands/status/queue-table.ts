// Writes what the request queues do, for people: one row for each queue and level.
import { durationText } from "../../api/duration.ts";
import type { LevelReport, QueueReport } from "../../core/queue-report.ts";
import { type Cell, type Paint, textTable } from "../text-table.ts";
import type { QueueStatus } from "./queues.ts";
import type { Status } from "./status.ts";

const header = [
  ...["QUEUE", "TARGETS", "LIMIT", "LEVEL", "PODS", "IN FLIGHT", "WAITING", "WAITED", "P50", "P99"],
  ...["FORWARDED", "REJECTED"],
];
const numbersFrom = header.indexOf("PODS");

/** Empty if there is no RequestQueue. */
export function queueLines({ queues, queuesUnknown }: Status, paint: Paint): string[] {
  if (queues.length === 0) return [];
  const rows = queues.flatMap(rowsOf);
  const table = textTable([header.map((text) => ({ text })), ...rows], { paint, numbersFrom });
  const unknown =
    queuesUnknown === undefined ? [] : [`${paint("yellow", "…")} what the queues do is not known: ${queuesUnknown}`];
  return ["", ...table, ...queues.flatMap(remarks), ...unknown];
}

function rowsOf(queue: QueueStatus): Cell[][] {
  const { report } = queue;
  const name = [`${queue.namespace}/${queue.name}`, queue.targets.join(", "), limitOf(queue)];
  if (report === undefined) return [name.map((text) => ({ text }))];
  return report.levels.map((level, index) => {
    const first = index === 0 ? name : ["", "", ""];
    // What concerns all levels is in the row of the first.
    const pods = index === 0 ? [`${report.read}/${report.pods}`, String(report.inFlight)] : ["", ""];
    return [...first, level.name, ...pods].map((text): Cell => ({ text })).concat(numbersOf(level));
  });
}

function limitOf({ concurrencyLimit: { fixed, adaptive }, report }: QueueStatus): string {
  if (fixed !== undefined) return String(fixed);
  if (adaptive === undefined) return "";
  const found = report?.found === undefined ? "" : `${rangeText(report.found.least, report.found.most)} of `;
  return `${found}${rangeText(adaptive.min, adaptive.max)}`;
}

function rangeText(least: number, most: number): string {
  return least === most ? String(least) : `${least}–${most}`;
}

function numbersOf({ waiting, waits, forwarded, rejected }: LevelReport): Cell[] {
  const quantile = (value: number | undefined): string =>
    waits === undefined ? "" : value === undefined ? "> 1h" : `≤ ${value < 1 ? `${value}ms` : durationText(value)}`;
  return [
    number(waiting, "yellow"),
    number(waits?.count ?? 0),
    { text: quantile(waits?.p50) },
    { text: quantile(waits?.p99) },
    number(forwarded, "yellow"),
    number(rejected, "yellow"),
  ];
}

function number(value: number, format?: Cell["format"]): Cell {
  if (value === 0) return { text: "0", format: "dim" };
  return { text: String(value), ...(format === undefined ? {} : { format }) };
}

function remarks({ report, namespace, name }: QueueStatus): string[] {
  return report === undefined
    ? []
    : [...unread(report), ...late(report)].map((text) => `${namespace}/${name}: ${text}`);
}

function unread({ read, pods }: QueueReport): string[] {
  return read === pods ? [] : [`the metrics of ${pods - read} of ${pods} pods could not be read, or have no queue yet`];
}

function late({ late: count }: QueueReport): string[] {
  return count === 0 ? [] : [`requests that wait although their callers no longer do: ${count}`];
}
