// Counts events in memory and adds them to Envoy's counters `expedite.<role>.<what>` once a second, so that a request makes no host call
// for them.

import { allocate } from "../abi/arena";
import { copyAscii } from "../abi/ascii";
import { defineMetric, incrementMetric, MetricType, undefinedMetric } from "../abi/metric";
import { Role } from "./configuration";

@unmanaged
class Counter {
  pending: u64;
  metric: u32;
  isGauge: bool;
}

const capacity: u32 = 64;
const table: usize = memory.data(capacity * offsetof<Counter>(), 8);
let used: u32 = 0;

/** The number that count() ignores. */
const noCounter: u32 = 0xffffffff;

function counterAt(index: u32): Counter {
  return changetype<Counter>(table + <usize>index * offsetof<Counter>());
}

function roleName(role: Role): string {
  return role == Role.Inbound ? "inbound." : role == Role.Outbound ? "outbound." : "gateway.";
}

/** The host's number of a metric; `what` is followed by `detail`, which may be empty. Define each name only once per VM. */
export function metric(type: MetricType, role: Role, what: string, detail: usize, detailSize: usize): u32 {
  const name = allocate(32 + <usize>what.length + detailSize);
  if (name == 0) return undefinedMetric;
  let size: usize = copyAscii(name, "expedite.");
  size += copyAscii(name + size, roleName(role));
  size += copyAscii(name + size, what);
  memory.copy(name + size, detail, detailSize);
  return defineMetric(type, name, size + detailSize);
}

function pending(metric: u32): u32 {
  if (used == capacity) return noCounter;
  counterAt(used).metric = metric;
  return used++;
}

/** The number of the counter. */
export function counter(role: Role, what: string, detail: usize, detailSize: usize): u32 {
  return pending(metric(MetricType.Counter, role, what, detail, detailSize));
}

/** The number of the gauge, whose changes are counted; they may be negative, modulo 2^64. */
export function gauge(role: Role, what: string, detail: usize, detailSize: usize): u32 {
  const index = pending(metric(MetricType.Gauge, role, what, detail, detailSize));
  if (index != noCounter) counterAt(index).isGauge = true;
  return index;
}

export function countMany(index: u32, times: u64): void {
  if (index < used) counterAt(index).pending += times;
}

export function count(index: u32): void {
  countMany(index, 1);
}

function flush(entry: Counter): void {
  if (entry.pending == 0) return;
  if (entry.metric != undefinedMetric) incrementMetric(entry.metric, <i64>entry.pending);
  entry.pending = 0;
}

export function flushCounters(): void {
  for (let i: u32 = 0; i < used; i++) flush(counterAt(i));
}

/** No host call for a gauge that has not changed. */
export function flushGauges(): void {
  for (let i: u32 = 0; i < used; i++) if (counterAt(i).isGauge) flush(counterAt(i));
}
