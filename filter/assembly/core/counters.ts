// Events enter, Envoy counters `expedite.<role>.<what>` (in /stats after `wasmcustom.`) leave once a second: a request pays no host call for them.
// The table belongs to the VM, not to a root: a reload, which makes new roots, goes on with the same counters.
import { copyAscii } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { defineCounter, incrementCounter, undefinedMetric } from "../abi/metric";
import { Role } from "./root";

/** The longest name is expedite.outbound.requests. with a level of 32 bytes. */
const maxName: usize = 64;

@unmanaged
class Counter {
  metric: u32;
  size: usize;
  pending: u64;
}

const entrySize: usize = offsetof<Counter>() + maxName;
const capacity: u32 = 512;
const table: usize = memory.data(40960, 8);
let used: u32 = 0;

const name: usize = memory.data(128, 8);

/** What count() ignores: the table is full, after hundreds of different level names in one VM. */
export const noCounter: u32 = 0xffffffff;

function counterAt(index: u32): Counter {
  return changetype<Counter>(table + <usize>index * entrySize);
}

function roleName(role: Role): string {
  return role == Role.Inbound ? "inbound." : role == Role.Outbound ? "outbound." : "gateway.";
}

/** The number of the counter; `what` is followed by `detail`, which may be empty. The same name has one number in a VM. */
export function counter(role: Role, what: string, detail: usize, detailSize: usize): u32 {
  let size: usize = copyAscii(name, "expedite.");
  size += copyAscii(name + size, roleName(role));
  size += copyAscii(name + size, what);
  memory.copy(name + size, detail, detailSize);
  size += detailSize;
  for (let i: u32 = 0; i < used; i++)
    if (counterAt(i).size == size && sameBytes(table + <usize>i * entrySize + offsetof<Counter>(), name, size)) return i;
  if (used == capacity || size > maxName) return noCounter;
  const entry = counterAt(used);
  entry.metric = defineCounter(name, size);
  entry.size = size;
  memory.copy(changetype<usize>(entry) + offsetof<Counter>(), name, size);
  return used++;
}

export function count(index: u32): void {
  if (index < used) counterAt(index).pending++;
}

export function flushCounters(): void {
  for (let i: u32 = 0; i < used; i++) {
    const entry = counterAt(i);
    if (entry.pending == 0) continue;
    if (entry.metric != undefinedMetric) incrementCounter(entry.metric, entry.pending);
    entry.pending = 0;
  }
}
