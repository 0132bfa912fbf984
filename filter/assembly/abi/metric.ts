// Defines, changes and reads Envoy's metrics, which /stats shows as wasmcustom.<name>.
import { proxy_define_metric, proxy_get_metric, proxy_increment_metric, proxy_record_metric } from "./env";
import { WasmResult } from "./wasm-result";

export const enum MetricType {
  Counter = 0,
  Gauge = 1,
  Histogram = 2,
}

const id: usize = memory.data(4, 4);
const value: usize = memory.data(8, 8);

/** No metric of the host has this id. */
export const undefinedMetric: u32 = 0xffffffff;

/**
 * The host creates a new id each time, even for a known name, so define each name only once per VM. All VMs of a proxy that define a metric
 * with this name share its value.
 */
export function defineMetric(type: MetricType, name: usize, nameSize: usize): u32 {
  return proxy_define_metric(type, name, nameSize, id) == WasmResult.Ok ? load<u32>(id) : undefinedMetric;
}

/** A gauge also takes a negative number. */
export function incrementMetric(metric: u32, by: i64): void {
  proxy_increment_metric(metric, by);
}

/** Sets a gauge, or adds a sample to a histogram. */
export function recordMetric(metric: u32, to: u64): void {
  if (metric != undefinedMetric) proxy_record_metric(metric, to);
}

/** 0 if nobody has set it, and always if the proxy's stats_matcher rejects its name. */
export function gaugeValue(metric: u32): u64 {
  return proxy_get_metric(metric, value) == WasmResult.Ok ? load<u64>(value) : 0;
}
