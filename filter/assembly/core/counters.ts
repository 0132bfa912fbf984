// Counts events in memory and adds them to Envoy's counters `expedite.<role>.<what>` once a second, so that a request makes no host call
// for them.

import { allocate } from "../abi/arena";
import { copyAscii } from "../abi/ascii";
import { defineCounter, incrementCounter, undefinedMetric } from "../abi/metric";
import { Role } from "./configuration";

@unmanaged
class Counter {
  pending: u64;
  metric: u32;
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

/** The number of the counter; `what` is followed by `detail`, which may be empty. Define each name only once per VM. */
export function counter(role: Role, what: string, detail: usize, detailSize: usize): u32 {
  const name = allocate(32 + <usize>what.length + detailSize);
  if (used == capacity || name == 0) return noCounter;
  let size: usize = copyAscii(name, "expedite.");
  size += copyAscii(name + size, roleName(role));
  size += copyAscii(name + size, what);
  memory.copy(name + size, detail, detailSize);
  counterAt(used).metric = defineCounter(name, size + detailSize);
  return used++;
}

export function countMany(index: u32, times: u64): void {
  if (index < used) counterAt(index).pending += times;
}

export function count(index: u32): void {
  countMany(index, 1);
}

export function flushCounters(): void {
  for (let i: u32 = 0; i < used; i++) {
    const entry = counterAt(i);
    if (entry.pending == 0) continue;
    if (entry.metric != undefinedMetric) incrementCounter(entry.metric, entry.pending);
    entry.pending = 0;
  }
}
