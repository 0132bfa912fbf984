// The host calls that are priced, as the modules of the bench make them (proxy-wasm ABI 0.2.1).

/** As many keys as the product's slot table has, so that the processor's caches work under the same conditions. */
const keys = 16_384;

const notFound = 1;

export interface Call {
  readonly name: string;
  readonly import: string;
  readonly parameters: number;
  /** In the WebAssembly text format. */
  readonly arguments: string;
  /** The data at address 16. */
  readonly data?: string;
  /** Expected result. Default: 0 (Ok). */
  readonly returns?: number;
  /** Calls per request. Default: 200. */
  readonly times?: number;
  /** Runs before each call. */
  readonly before?: string;
  /** Defines a metric of this type before the first request; its id is at address 12. */
  readonly metric?: "counter" | "gauge";
}

const header = (map: number, name: string): string => `(i32.const ${map}) (i32.const 16) (i32.const ${name.length})`;
const result = "(i32.const 0) (i32.const 4)";
const get = { import: "proxy_get_header_map_value", parameters: 5 } as const;
const property = { import: "proxy_get_property", parameters: 4 } as const;
const level = "x-request-priority";
const path = (...parts: readonly string[]): { readonly arguments: string; readonly data: string } => ({
  arguments: `(i32.const 16) (i32.const ${parts.join("0").length}) ${result}`,
  data: parts.join("\\00"),
});
/** A single call, so that Envoy chooses the route again for each one. Its cost beyond a call in the loop is the cost of that choice. */
export const replacedOnce = "replace a header once: the route is chosen again";

const replace = {
  import: "proxy_replace_header_map_value",
  parameters: 5,
  // The value is the first letter of the name.
  arguments: `${header(0, level)} (i32.const 16) (i32.const 1)`,
  data: level,
} as const;

/** A different key of the table each time, far from the previous one. */
export const nextKey = `(global.set $key (i32.and (i32.add (global.get $key) (i32.const 9973)) (i32.const ${keys - 1})))
  (i32.store (i32.const 18) (global.get $key))`;

export const calls: readonly Call[] = [
  { name: "nothing (get the log level)", import: "proxy_get_log_level", parameters: 1, arguments: "(i32.const 0)" },
  { name: "get the time", import: "proxy_get_current_time_nanoseconds", parameters: 1, arguments: "(i32.const 0)" },
  { name: "get x-request-id", ...get, arguments: `${header(0, "x-request-id")} ${result}`, data: "x-request-id" },
  { name: "get traceparent", ...get, arguments: `${header(0, "traceparent")} ${result}`, data: "traceparent" },
  { name: "get :path", ...get, arguments: `${header(0, ":path")} ${result}`, data: ":path" },
  {
    name: "get a header that is absent",
    ...get,
    arguments: `${header(0, level)} ${result}`,
    data: level,
    returns: notFound,
  },
  {
    name: "get the size of all headers",
    import: "proxy_get_header_map_size",
    parameters: 2,
    arguments: "(i32.const 0) (i32.const 0)",
  },
  {
    name: "get all headers",
    import: "proxy_get_header_map_pairs",
    parameters: 3,
    arguments: `(i32.const 0) ${result}`,
  },
  { name: "replace a header", ...replace },
  { name: replacedOnce, ...replace, times: 1 },
  {
    name: "remove a header that is absent",
    import: "proxy_remove_header_map_value",
    parameters: 3,
    arguments: header(0, level),
    data: level,
  },
  {
    name: "get shared data, 512 bytes",
    import: "proxy_get_shared_data",
    parameters: 5,
    arguments: `(i32.const 16) (i32.const 6) ${result} (i32.const 8)`,
    before: nextKey,
  },
  {
    name: "set shared data, 512 bytes",
    import: "proxy_set_shared_data",
    parameters: 5,
    arguments: "(i32.const 16) (i32.const 6) (i32.const 1024) (i32.const 512) (i32.const 0)",
    before: nextKey,
  },
  { name: "get a property: the level header", ...property, ...path("request", "headers", "x-requesting-party") },
  {
    name: "get a property: the peer's SPIFFE id, no TLS",
    ...property,
    ...path("connection", "uri_san_peer_certificate"),
    returns: notFound,
  },
  {
    name: "add to a counter",
    import: "proxy_increment_metric",
    parameters: 2,
    arguments: "(i32.load (i32.const 12)) (i64.const 1)",
    metric: "counter",
  },
  {
    name: "set a gauge",
    import: "proxy_record_metric",
    parameters: 2,
    arguments: "(i32.load (i32.const 12)) (i64.const 1)",
    metric: "gauge",
  },
  {
    name: "get a gauge",
    import: "proxy_get_metric",
    parameters: 2,
    arguments: "(i32.load (i32.const 12)) (i32.const 0)",
    metric: "gauge",
  },
];
