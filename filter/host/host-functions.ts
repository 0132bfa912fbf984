// Implements the host functions that the filter may import (proxy-wasm ABI 0.2.1), over the state of one VM. Each call is recorded in the
// transcript. A call from a callback in which Envoy would refuse it, or with a malformed argument, is a HostError.
import { type Guest, HostError, type HostFunctions } from "./guest.ts";
import type { HeaderMap } from "./headers.ts";
import type { SharedData } from "./shared-data.ts";
import type { Attribute } from "./stream-attributes.ts";

export const wasmResult = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  serializationFailure: 3,
  invalidMemoryAccess: 6,
  casMismatch: 8,
} as const;

/** The callback that the module is being called for; undefined: it may not call anything. */
export type Occasion = "configure" | "tick" | "request" | "log" | undefined;

/** What the module decided about a paused request. */
export type Decision = { readonly context: number; readonly status?: number; readonly headers?: string };

/** The part of a VM's state that its host functions read and write. */
export interface HostState {
  readonly guest: Guest;
  readonly sharedData: SharedData;
  readonly clock: () => bigint;
  occasion: Occasion;
  configuration: Uint8Array;
  headers: HeaderMap | undefined;
  /** Envoy attributes, keyed by their dotted path. */
  properties: ReadonlyMap<string, Attribute>;
  /** Objects that the filter put into the request's filter state, by name. */
  filterState: Map<string, string>;
  /** Counters and histograms of this VM only; a histogram's value is the number of its samples. */
  readonly counters: { readonly name: string; readonly type: number; value: number }[];
  /** What the ids of metrics stand for; a text is the name of a gauge. */
  readonly metrics: (string | HostState["counters"][number])[];
  /** Envoy's attributes of the streams that have not ended, and of the root contexts, by their ids. */
  readonly contexts: Map<number, ReadonlyMap<string, Attribute>>;
  /** The context that host calls are for. */
  effective: number;
  decisions: Decision[];
  logs: string[];
  calls: string[];
  tickPeriod: number;
}

const occasions: Readonly<Record<string, readonly Occasion[]>> = {
  proxy_log: ["configure"],
  proxy_get_buffer_bytes: ["configure"],
  proxy_define_metric: ["configure"],
  proxy_set_tick_period_milliseconds: ["configure", "tick", "request"],
  proxy_set_effective_context: ["tick", "request", "log"],
  proxy_continue_stream: ["tick", "request", "log"],
  proxy_send_local_response: ["tick", "request"],
  proxy_get_header_map_value: ["request"],
  proxy_get_header_map_pairs: ["request"],
  proxy_replace_header_map_value: ["request"],
  proxy_remove_header_map_value: ["request"],
  proxy_get_property: ["configure", "tick", "request"],
  proxy_set_property: ["request"],
  proxy_get_shared_data: ["configure", "tick", "request"],
  proxy_set_shared_data: ["configure", "tick", "request"],
  proxy_get_current_time_nanoseconds: ["configure", "tick", "request", "log"],
  proxy_increment_metric: ["configure", "tick", "log"],
  proxy_record_metric: ["configure", "tick", "request", "log"],
  proxy_get_metric: ["configure", "request"],
};

const logLevels = ["trace", "debug", "info", "warn", "error", "critical"];
const headerName = /^:?[a-z0-9!#$%&'*+.^_`|~-]+$/;
const pluginConfiguration = 7;
const metricTypes = { counter: 0, gauge: 1, histogram: 2 };

function headersOf(state: HostState, map: number): HeaderMap {
  if (map !== 0 || state.headers === undefined) throw new HostError(`header map ${map} is not that of a request`);
  return state.headers;
}

function nameOf(state: HostState, at: number, size: number): string {
  const name = state.guest.text(at, size);
  if (!headerName.test(name)) throw new HostError(`"${name}" is not a header name`);
  return name;
}

function answer(state: HostState, value: Uint8Array | string | undefined, pointer: number, size: number): number {
  if (value === undefined) return wasmResult.notFound;
  return state.guest.handOver(value, pointer, size) ? wasmResult.ok : wasmResult.invalidMemoryAccess;
}

/** Each returns a WasmResult, and what the transcript says about its arguments. */
type HostFunction = (state: HostState, note: (detail: string) => void, ...args: number[]) => number;

const functions: Readonly<Record<string, HostFunction>> = {
  proxy_log({ guest, logs }, note, level = 0, at = 0, size = 0) {
    const name = logLevels[level];
    if (name === undefined) throw new HostError(`${level} is not a log level`);
    note(name);
    logs.push(Buffer.from(guest.bytes(at, size)).toString("utf8"));
    return wasmResult.ok;
  },
  proxy_get_buffer_bytes(state, _note, type = 0, start = 0, maxSize = 0, pointer = 0, size = 0) {
    if (type !== pluginConfiguration) throw new HostError(`buffer ${type} is not the plugin configuration`);
    return answer(state, state.configuration.subarray(start, start + maxSize), pointer, size);
  },
  proxy_define_metric({ guest, counters, metrics }, note, type = 0, at = 0, size = 0, id = 0) {
    if (!Object.values(metricTypes).includes(type)) throw new HostError(`metric type ${type} is not known`);
    const name = guest.text(at, size);
    note(name);
    if (metrics.some((metric) => nameOfMetric(metric) === name)) throw new HostError(`metric ${name} is defined twice`);
    const counter = { name, type, value: 0 };
    if (type !== metricTypes.gauge) counters.push(counter);
    guest.writeU32(id, metrics.push(type === metricTypes.gauge ? name : counter) - 1);
    return wasmResult.ok;
  },
  proxy_get_metric(state, note, id = 0, at = 0) {
    const name = gaugeOf(state, id);
    note(name);
    state.guest.writeU64(at, state.sharedData.gauges.get(name));
    return wasmResult.ok;
  },
  proxy_set_tick_period_milliseconds(state, note, period = 0) {
    note(`${period}`);
    state.tickPeriod = period;
    return wasmResult.ok;
  },
  proxy_get_header_map_value(state, note, map = 0, at = 0, nameSize = 0, pointer = 0, size = 0) {
    const name = nameOf(state, at, nameSize);
    note(name);
    return answer(state, headersOf(state, map).get(name), pointer, size);
  },
  proxy_get_header_map_pairs(state, _note, map = 0, pointer = 0, size = 0) {
    return answer(state, headersOf(state, map).pairs(), pointer, size);
  },
  proxy_replace_header_map_value(state, note, map = 0, at = 0, nameSize = 0, value = 0, valueSize = 0) {
    const name = nameOf(state, at, nameSize);
    note(`${name}: ${state.guest.text(value, valueSize)}`);
    headersOf(state, map).replace(name, state.guest.text(value, valueSize));
    return wasmResult.ok;
  },
  proxy_remove_header_map_value(state, note, map = 0, at = 0, nameSize = 0) {
    const name = nameOf(state, at, nameSize);
    note(name);
    headersOf(state, map).remove(name);
    return wasmResult.ok;
  },
  proxy_get_property(state, note, at = 0, pathSize = 0, pointer = 0, size = 0) {
    const path = state.guest.text(at, pathSize).replaceAll("\0", ".");
    note(path);
    const value = state.properties.get(path);
    return value === null ? wasmResult.serializationFailure : answer(state, value, pointer, size);
  },
  proxy_set_property(state, note, at = 0, pathSize = 0, value = 0, size = 0) {
    const path = state.guest.text(at, pathSize).replaceAll("\0", ".");
    note(`${path}: ${state.guest.text(value, size)}`);
    state.filterState.set(`wasm.${path}`, state.guest.text(value, size));
    return wasmResult.ok;
  },
  proxy_get_shared_data(state, _note, at = 0, keySize = 0, pointer = 0, size = 0, cas = 0) {
    const entry = state.sharedData.get(state.guest.text(at, keySize));
    if (entry !== undefined) state.guest.writeU32(cas, entry.cas);
    return answer(state, entry?.value, pointer, size);
  },
  proxy_set_shared_data({ guest, sharedData }, _note, at = 0, keySize = 0, value = 0, size = 0, cas = 0) {
    const written = sharedData.set(guest.text(at, keySize), guest.bytes(value, size), cas >>> 0);
    return written ? wasmResult.ok : wasmResult.casMismatch;
  },
  proxy_set_effective_context(state, note, context = 0) {
    note(`${context}`);
    const properties = state.contexts.get(context);
    if (properties === undefined) return wasmResult.badArgument;
    Object.assign(state, { effective: context, properties });
    return wasmResult.ok;
  },
  proxy_continue_stream(state, _note, stream = 0) {
    if (stream !== 0) throw new HostError(`stream ${stream} is not a request`);
    state.decisions.push({ context: state.effective });
    return wasmResult.ok;
  },
  proxy_send_local_response(state, note, status = 0, _at = 0, _size = 0, _body = 0, _bodySize = 0, at = 0, size = 0) {
    note(`${status}`);
    state.decisions.push({ context: state.effective, status, headers: state.guest.text(at, size) });
    return wasmResult.ok;
  },
  proxy_get_current_time_nanoseconds({ guest, clock }, _note, at = 0) {
    guest.writeU64(at, clock());
    return wasmResult.ok;
  },
};

function nameOfMetric(metric: HostState["metrics"][number]): string {
  return typeof metric === "string" ? metric : metric.name;
}

function gaugeOf({ metrics }: HostState, id: number): string {
  const name = metrics[id];
  if (typeof name !== "string") throw new HostError(`metric ${id} is not a gauge`);
  return name;
}

function recordMetric(state: HostState, id: number, value: bigint): number {
  const histogram = state.metrics[id];
  if (typeof histogram === "object" && histogram.type === metricTypes.histogram) {
    state.calls.push(`proxy_record_metric ${histogram.name}`);
    histogram.value += 1;
    return wasmResult.ok;
  }
  const name = gaugeOf(state, id);
  state.calls.push(`proxy_record_metric ${name}`);
  state.sharedData.gauges.set(name, value);
  return wasmResult.ok;
}

function incrementMetric(state: HostState, id: number, by: bigint): number {
  const metric = state.metrics[id];
  if (typeof metric === "string") {
    if (by === 0n) throw new HostError(`gauge ${metric} is incremented by nothing`);
    state.calls.push(`proxy_increment_metric ${metric}`);
    state.sharedData.gauges.set(metric, state.sharedData.gauges.get(metric) + by);
    return wasmResult.ok;
  }
  const counter = metric;
  if (counter?.type !== metricTypes.counter) throw new HostError(`metric ${id} is not a counter`);
  if (by <= 0n) throw new HostError(`counter ${counter.name} is incremented by ${by}`);
  state.calls.push(`proxy_increment_metric ${counter.name}`);
  counter.value += Number(by);
  return wasmResult.ok;
}

function checkOccasion(state: HostState, name: string): void {
  if (occasions[name]?.includes(state.occasion) !== true)
    throw new HostError(`${name} is not expected on ${state.occasion ?? "this occasion"}`);
}

/** @param state what they work on; it may be completed until the first call */
export function hostFunctions(state: HostState): HostFunctions {
  const bound = Object.entries(functions).map(([name, call]) => [
    name,
    (...args: number[]): number => {
      checkOccasion(state, name);
      const at = state.calls.push(name) - 1;
      const note = (detail: string): void => {
        state.calls[at] = `${name} ${detail}`;
      };
      return call(state, note, ...args);
    },
  ]);
  const increment = (id: number, by: bigint): number => {
    checkOccasion(state, "proxy_increment_metric");
    return incrementMetric(state, id, by);
  };
  const record = (id: number, value: bigint): number => {
    checkOccasion(state, "proxy_record_metric");
    return recordMetric(state, id, BigInt.asUintN(64, value));
  };
  return { ...Object.fromEntries(bound), proxy_increment_metric: increment, proxy_record_metric: record };
}
