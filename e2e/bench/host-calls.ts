// Measures the price of each host call, with modules that make one call many times per request. A price is the cost above that of a module
// which makes no call, divided by the number of calls.
import { type Call, calls, nextKey } from "./calls.ts";
import { type BenchListener, moduleFilter } from "./listeners.ts";
import { assemble, emptyModule, proxyModule } from "./wat.ts";

export interface HostCall {
  readonly name: string;
  /** Calls per request. */
  readonly times: number;
  readonly listener: BenchListener;
}

const many = 200;

/** Host functions with a parameter of 64 bits. */
const wide = ["proxy_increment_metric", "proxy_record_metric"];

const signature = (call: Call): string =>
  wide.includes(call.import) ? "i32 i64" : Array.from({ length: call.parameters }, () => "i32").join(" ");

/** Creates the metric and the keys in shared data. */
const start = ({ metric }: Call): string => `(func (export "proxy_on_vm_start") (param i32 i32) (result i32)
    (drop (call $define (i32.const ${metric === "gauge" ? 1 : 0}) (i32.const 16) (i32.const 1) (i32.const 12)))
    (loop $again
      ${nextKey}
      (drop (call $store (i32.const 16) (i32.const 6) (i32.const 1024) (i32.const 512) (i32.const 0)))
      (br_if $again (global.get $key)))
    (i32.const 1))`;

/** An unexpected result traps, and the bench finds the trap in Envoy's log. */
function text(call: Call): string {
  return proxyModule(
    `(import "env" "${call.import}" (func $call (param ${signature(call)}) (result i32)))
  (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data" (func $store (param i32 i32 i32 i32 i32) (result i32)))`,
    `(data (i32.const 16) "${call.data ?? "k"}")
  (global $key (mut i32) (i32.const 0))
  ${call.before === undefined && call.metric === undefined ? "" : start(call)}
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (local $left i32)
    (local.set $left (i32.const ${call.times ?? many}))
    (loop $again
      ${call.before ?? ""}
      (if (i32.ne (call $call ${call.arguments}) (i32.const ${call.returns ?? 0})) (then unreachable))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.const 0))`,
  );
}

const firstPort = 18_100;

/** The first module makes no call; its cost is subtracted from that of the others. */
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
