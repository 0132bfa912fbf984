// Defines and increments Envoy's counters, which /stats shows as wasmcustom.<name>.
import { proxy_define_metric, proxy_increment_metric } from "./env";
import { WasmResult } from "./wasm-result";

const counterType: i32 = 0;
const id: usize = memory.data(4, 4);

/** No counter of the host has this id. */
export const undefinedMetric: u32 = 0xffffffff;

/** The host creates a new id each time, even for a known name, so define each name only once per VM. */
export function defineCounter(name: usize, nameSize: usize): u32 {
  return proxy_define_metric(counterType, name, nameSize, id) == WasmResult.Ok ? load<u32>(id) : undefinedMetric;
}

export function incrementCounter(metric: u32, by: u64): void {
  proxy_increment_metric(metric, <i64>by);
}
