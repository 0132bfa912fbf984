// Reads the host's wall clock, and sets the period of proxy_on_tick.
import { proxy_get_current_time_nanoseconds, proxy_set_tick_period_milliseconds } from "./env";
import { WasmResult } from "./wasm-result";

const time: usize = memory.data(8, 8);

/** 0 if the host has no clock. */
export function now(): u64 {
  return proxy_get_current_time_nanoseconds(time) == WasmResult.Ok ? load<u64>(time) : 0;
}

/** Sets the milliseconds between two calls of proxy_on_tick for the root context that is being configured. */
export function tickEvery(period: u32): void {
  proxy_set_tick_period_milliseconds(period);
}
