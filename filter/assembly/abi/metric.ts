// Defines, changes and reads Envoy's metrics, which /stats shows as wasmcustom.<name>.
import { proxy_define_metric, proxy_get_metric, proxy_increment_metric, proxy_record_metric } from "./env";
import { WasmResult } from "./wasm-result";

const enum MetricType {
  Counter = 0,
  Gauge = 1,
}

const id: usize = memory.data(4, 4);
const value: usize = memory.data(8, 8);

/** No metric of the host has this id. */
export const undefinedMetric: u32 = 0xffffffff;

function define(type: MetricType, name: usize, nameSize: usize): u32 {
  return proxy_define_metric(type, name, nameSize, id) == WasmResult.Ok ? load<u32>(id) : undefinedMetric;
}

/** The host creates a new id each time, even for a known name, so define each name only once per VM. */
export function defineCounter(name: usize, nameSize: usize): u32 {
  return define(MetricType.Counter, name, nameSize);
}

export function incrementCounter(metric: u32, by: u64): void {
  proxy_increment_metric(metric, <i64>by);
}

/** Like defineCounter. All VMs of a proxy that define a gauge with this name share its value. */
export function defineGauge(name: usize, nameSize: usize): u32 {
  return define(MetricType.Gauge, name, nameSize);
}

export function setGauge(metric: u32, to: u64): void {
  proxy_record_metric(metric, to);
}

/** 0 if nobody has set it, and always if the proxy's stats_matcher rejects its name. */
export function gaugeValue(metric: u32): u64 {
  return proxy_get_metric(metric, value) == WasmResult.Ok ? load<u64>(value) : 0;
}
