// The filter with traps on demand, for tests of what happens when it breaks: index.ts behind callbacks that can end the VM. A request names
// a callback in its header x-trap. That callback then executes `unreachable` in as many calls as x-trap-times says, in whichever VMs they
// occur, after as many normal calls as x-trap-after says (one digit each).
import { allocate, emptyArena } from "./abi/arena";
import { Constant, constant, copyAscii } from "./abi/ascii";
import { proxy_get_header_map_value, proxy_get_shared_data, proxy_set_shared_data } from "./abi/env";
import * as filter from "./with-queue";

const requestHeaders: i32 = 0;
const ok: i32 = 0;

/** Where the host writes an address, a size and a compare-and-swap number. */
const at: usize = memory.data(4, 4);
const size: usize = memory.data(4, 4);
const cas: usize = memory.data(4, 4);
const callback: usize = memory.data(32, 4);
const trap = constant("x-trap");
const trapTimes = constant("x-trap-times");
const trapAfter = constant("x-trap-after");

let mallocTraps: bool = false;

/** Stored for a callback, for all VMs of the proxy: the number of calls before those that trap, and the number of calls that trap. */
@unmanaged
class Plan {
  after: u32;
  times: u32;
}

const plan = changetype<Plan>(memory.data(8, 4));

/** Reads into `plan`. */
function read(name: usize, nameSize: usize): bool {
  if (proxy_get_shared_data(name, nameSize, at, size, cas) != ok || load<u32>(size) != 8) return false;
  memory.copy(changetype<usize>(plan), load<u32>(at), 8);
  return plan.times > 0;
}

function write(name: usize, nameSize: usize): bool {
  return proxy_set_shared_data(name, nameSize, changetype<usize>(plan), 8, load<u32>(cas)) == ok;
}

/** Whether this call, counted over all VMs, is one that traps. */
function isToTrap(name: string): bool {
  emptyArena();
  const nameSize = copyAscii(callback, name);
  while (read(callback, nameSize)) {
    const traps = plan.after == 0;
    if (traps) plan.times--;
    else plan.after--;
    if (write(callback, nameSize)) return traps;
  }
  return false;
}

function trapIf(name: string): void {
  if (isToTrap(name)) unreachable();
}

function headerIsThere(name: Constant): bool {
  return proxy_get_header_map_value(requestHeaders, name.at, name.size, at, size) == ok && load<u32>(size) > 0;
}

function digitOf(name: Constant): u32 {
  return headerIsThere(name) ? <u32>load<u8>(load<u32>(at)) - 0x30 : 0;
}

function arm(): void {
  emptyArena();
  plan.times = digitOf(trapTimes);
  plan.after = digitOf(trapAfter);
  if (!headerIsThere(trap)) return;
  store<u32>(cas, 0);
  write(load<u32>(at), load<u32>(size));
}

export function malloc(bytes: usize): usize {
  if (mallocTraps) unreachable();
  return allocate(bytes);
}

export function proxy_abi_version_0_2_1(): void {}

/** The filter has no such callback; here it represents anything that can go wrong when a VM starts. */
export function proxy_on_vm_start(_root: u32, _bytes: u32): u32 {
  trapIf("proxy_on_vm_start");
  return 1;
}

export function proxy_on_configure(root: u32, bytes: u32): u32 {
  trapIf("proxy_on_configure");
  return filter.proxy_on_configure(root, bytes);
}

export function proxy_on_tick(root: u32): void {
  trapIf("proxy_on_tick");
  filter.proxy_on_tick(root);
}

export function proxy_on_request_headers(context: u32, count: u32, endOfStream: u32): u32 {
  arm();
  trapIf("proxy_on_request_headers");
  mallocTraps = isToTrap("malloc");
  return filter.proxy_on_request_headers(context, count, endOfStream);
}

export function proxy_on_log(context: u32): void {
  trapIf("proxy_on_log");
  filter.proxy_on_log(context);
}
