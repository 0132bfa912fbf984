// The module's exports: the callbacks of proxy-wasm ABI 0.2.1 that the filter needs, and nothing else. A callback
// that is not exported costs no crossing into the VM.
import { emptyArena } from "./abi/arena";
import { configure } from "./config/configure";
import { flushCounters } from "./core/counters";
import { deleteRoot } from "./core/root";
import { onRequest, onResponse } from "./core/request";
import { closeStream, openStream } from "./core/streams";

export { allocate as malloc } from "./abi/arena";

const continueStream: u32 = 0;

export function proxy_abi_version_0_2_1(): void {}

/** `root` is 0 for a root context itself: that one waits for its configuration. */
export function proxy_on_context_create(context: u32, root: u32): void {
  if (root != 0) openStream(context, root);
}

/** 1 accepts. */
export function proxy_on_configure(root: u32, size: u32): u32 {
  emptyArena();
  return configure(root, size) ? 1 : 0;
}

export function proxy_on_tick(root: u32): void {
  emptyArena();
  flushCounters();
}

export function proxy_on_request_headers(context: u32, count: u32, endOfStream: u32): u32 {
  emptyArena();
  onRequest(context);
  return continueStream;
}

export function proxy_on_response_headers(context: u32, count: u32, endOfStream: u32): u32 {
  emptyArena();
  onResponse(context);
  return continueStream;
}

/** Of a root: its timer has stopped, so what it counted last is written here. */
export function proxy_on_delete(context: u32): void {
  if (!closeStream(context) && deleteRoot(context)) flushCounters();
}
