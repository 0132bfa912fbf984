// The price of each host call: modules that make one call many times in each request. A call's price is what such a module
// costs above one that makes none, divided by the number of calls.
import { type BenchListener, moduleFilter } from "./listeners.ts";
import { assemble, emptyModule, proxyModule } from "./wat.ts";

export interface HostCall {
  readonly name: string;
  /** Calls in each request. */
  readonly times: number;
  readonly listener: BenchListener;
}

/** As many keys as the product's slot table has, so that the processor's caches see what they see there. */
const keys = 16_384;

const ok = 0;
const notFound = 1;

interface Call {
  readonly name: string;
  /** The host function and its parameters after their types. */
  readonly import: string;
  readonly parameters: number;
  /** Its arguments; texts are addresses of `data`. */
  readonly arguments: string;
  readonly data?: string;
  readonly returns?: number;
  readonly times?: number;
  readonly before?: string;
}

const many = 200;

const header = (map: number, name: string): string => `(i32.const ${map}) (i32.const 16) (i32.const ${name.length})`;
const result = "(i32.const 0) (i32.const 4)";
const get = { import: "proxy_get_header_map_value", parameters: 5 } as const;
const property = { import: "proxy_get_property", parameters: 4 } as const;
const level = "x-request-priority";
const path = (...parts: readonly string[]): { readonly arguments: string; readonly data: string } => ({
  arguments: `(i32.const 16) (i32.const ${parts.join("0").length}) ${result}`,
  data: parts.join("\\00"),
});
const replace = {
  import: "proxy_replace_header_map_value",
  parameters: 5,
  // The value is the name's first letter.
  arguments: `${header(0, level)} (i32.const 16) (i32.const 1)`,
  data: level,
} as const;

/** Another key of the table each time, far from the one before. */
const nextKey = `(global.set $key (i32.and (i32.add (global.get $key) (i32.const 9973)) (i32.const ${keys - 1})))
  (i32.store (i32.const 18) (global.get $key))`;

const calls: readonly Call[] = [
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
  { name: "replace a header once: the route is chosen again", ...replace, times: 1 },
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
  },
];

const signature = (call: Call): string =>
  call.import === "proxy_increment_metric" ? "i32 i64" : Array.from({ length: call.parameters }, () => "i32").join(" ");

/** Makes the counter and the keys of the shared data. */
const start = `(func (export "proxy_on_vm_start") (param i32 i32) (result i32)
    (drop (call $define (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 12)))
    (loop $again
      ${nextKey}
      (drop (call $store (i32.const 16) (i32.const 6) (i32.const 1024) (i32.const 512) (i32.const 0)))
      (br_if $again (global.get $key)))
    (i32.const 1))`;

/** A result that isn't the expected one traps, which the bench finds in Envoy's log. */
function text(call: Call): string {
  return proxyModule(
    `(import "env" "${call.import}" (func $call (param ${signature(call)}) (result i32)))
  (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data" (func $store (param i32 i32 i32 i32 i32) (result i32)))`,
    `(data (i32.const 16) "${call.data ?? "k"}")
  (global $key (mut i32) (i32.const 0))
  ${call.before === undefined && call.import !== "proxy_increment_metric" ? "" : start}
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (local $left i32)
    (local.set $left (i32.const ${call.times ?? many}))
    (loop $again
      ${call.before ?? ""}
      (if (i32.ne (call $call ${call.arguments}) (i32.const ${call.returns ?? ok})) (then unreachable))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.const 0))`,
  );
}

const firstPort = 18_100;

/** The first one makes no call: the others' prices are what they cost above it. */
export function hostCalls(): readonly HostCall[] {
  const modules = [
    { name: "none", times: 0, text: emptyModule },
    ...calls.map((call) => ({ name: call.name, times: call.times ?? many, text: text(call) })),
  ];
  return modules.map(({ name, times, text }, index) => ({
    name,
    times,
    listener: {
      name: `call-${index}`,
      port: firstPort + index,
      filters: [moduleFilter(assemble(text))],
      levelOnResponse: false,
    },
  }));
}
