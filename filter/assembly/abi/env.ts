// The host functions of proxy-wasm ABI 0.2.1 that the filter calls, under the ABI's own names
// (proxy-wasm/spec, abi-versions/v0.2.1). Every one returns a WasmResult; results are written through pointers.
export declare function proxy_log(level: i32, message: usize, messageSize: usize): i32;

export declare function proxy_get_buffer_bytes(type: i32, start: usize, maxSize: usize, data: usize, size: usize): i32;

export declare function proxy_get_header_map_value(
  map: i32,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): i32;

export declare function proxy_get_header_map_pairs(map: i32, pairs: usize, size: usize): i32;

export declare function proxy_replace_header_map_value(
  map: i32,
  name: usize,
  nameSize: usize,
  value: usize,
  valueSize: usize,
): i32;

export declare function proxy_remove_header_map_value(map: i32, name: usize, nameSize: usize): i32;

export declare function proxy_get_property(path: usize, pathSize: usize, value: usize, valueSize: usize): i32;

export declare function proxy_set_property(path: usize, pathSize: usize, value: usize, valueSize: usize): i32;

export declare function proxy_get_shared_data(
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
  cas: usize,
): i32;

export declare function proxy_set_shared_data(
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
  cas: u32,
): i32;

export declare function proxy_get_current_time_nanoseconds(time: usize): i32;

export declare function proxy_set_tick_period_milliseconds(period: u32): i32;

export declare function proxy_define_metric(type: i32, name: usize, nameSize: usize, id: usize): i32;

export declare function proxy_increment_metric(id: u32, offset: i64): i32;

export declare function proxy_record_metric(id: u32, value: u64): i32;

export declare function proxy_set_effective_context(context: u32): i32;

export declare function proxy_continue_stream(stream: i32): i32;

export declare function proxy_send_local_response(
  status: u32,
  details: usize,
  detailsSize: usize,
  body: usize,
  bodySize: usize,
  headers: usize,
  headersSize: usize,
  grpcStatus: i32,
): i32;

export declare function proxy_get_metric(id: u32, value: usize): i32;
