// The filter with traps on demand, for tests of what happens when it breaks: index.ts behind callbacks that may end the VM.
// In: a request whose header x-trap names a callback. The next call of that callback, in whichever VM it comes, executes
// `unreachable`; with x-trap-after: N (one digit) the call after N others.
import { allocate, emptyArena } from "./abi/arena";
import { constant, copyAscii } from "./abi/ascii";
import { proxy_get_header_map_value, proxy_get_shared_data, proxy_set_shared_data } from "./abi/imports";
import * as filter from "./index";

const requestHeaders: i32 = 0;
const ok: i32 = 0;

/** Where the host writes an address, a size and a compare-and-swap number. */
const at: usize = memory.data(4, 4);
const size: usize = memory.data(4, 4);
const cas: usize = memory.data(4, 4);
const value: usize = memory.data(4, 4);
const callback: usize = memory.data(32, 4);
const trap = constant("x-trap");
const trapAfter = constant("x-trap-after");

let mallocTraps: bool = false;

/** What the host knows of a callback, shared by all VMs of the proxy: calls until the trap, itself included; 0: there is none. */
function readCalls(name: usize, nameSize: usize): u32 {
  const isThere = proxy_get_shared_data(name, nameSize, at, size, cas) == ok && load<u32>(size) == 4;
  return isThere ? load<u32>(load<u32>(at)) : 0;
}

function writeCalls(name: usize, nameSize: usize, calls: u32): bool {
  store<u32>(value, calls);
  return proxy_set_shared_data(name, nameSize, value, 4, load<u32>(cas)) == ok;
}

/** True for the one call, of those in all VMs, that is to trap. */
function isLast(name: string): bool {
  emptyArena();
  const nameSize = copyAscii(callback, name);
  let calls = readCalls(callback, nameSize);
  while (calls > 0 && !writeCalls(callback, nameSize, calls - 1)) calls = readCalls(callback, nameSize);
  return calls == 1;
}

function trapIf(name: string): void {
  if (isLast(name)) unreachable();
}

function headerIsThere(name: usize, nameSize: usize): bool {
  return proxy_get_header_map_value(requestHeaders, name, nameSize, at, size) == ok && load<u32>(size) > 0;
}

function arm(): void {
  emptyArena();
  const calls: u32 = headerIsThere(trapAfter, 12) ? <u32>load<u8>(load<u32>(at)) - 0x30 : 0;
  if (!headerIsThere(trap, 6)) return;
  store<u32>(cas, 0);
  writeCalls(load<u32>(at), load<u32>(size), calls + 1);
}

export function malloc(bytes: usize): usize {
  if (mallocTraps) unreachable();
  return allocate(bytes);
}

export function proxy_abi_version_0_2_1(): void {}

/** The filter has no such callback; here it stands for whatever goes wrong when a VM starts. */
export function proxy_on_vm_start(root: u32, bytes: u32): u32 {
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
  mallocTraps = isLast("malloc");
  return filter.proxy_on_request_headers(context, count, endOfStream);
}
