// The module's exports: only those callbacks of proxy-wasm ABI 0.2.1 that the filter needs. A callback that is not exported costs no entry
// into the VM; a request makes one (docs/adr/0010-one-configuration-per-vm.md).
import { emptyArena } from "./abi/arena";
import { configure } from "./configure/configure";
import { flushCounters } from "./core/counters";
import { hasQueue } from "./core/queue/built-in";
import { tickQueue } from "./core/queue/queue";
import { onRequest } from "./core/request";
import { keepListAlive } from "./core/route-list";
import { setSlotTime } from "./core/slots";
import { countTicks } from "./core/ticks";

export { allocate as malloc } from "./abi/arena";

export function proxy_abi_version_0_2_1(): void {}

/** Returns 1 to accept. */
export function proxy_on_configure(_root: u32, size: u32): u32 {
  emptyArena();
  return configure(size) ? 1 : 0;
}

export function proxy_on_tick(root: u32): void {
  emptyArena();
  setSlotTime();
  keepListAlive();
  countTicks();
  if (hasQueue) tickQueue(root);
  flushCounters();
}

export function proxy_on_request_headers(context: u32, _count: u32, _endOfStream: u32): u32 {
  emptyArena();
  return onRequest(context);
}
