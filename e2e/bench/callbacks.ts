// The price of each entry from Envoy into a module: chains of filters whose modules export one callback more than another.
import { type BenchListener, moduleFilter } from "./listeners.ts";
import { assemble, proxyModule } from "./wat.ts";

export interface Callback {
  readonly name: string;
  /** The one that its price is counted above. */
  readonly base: string;
  readonly listener: BenchListener;
}

/** Filters of one chain: a difference between chains is so many times the price. */
export const chainLength = 8;

const onRequest = `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))`;

const none = "no filter";
const nothing = "a filter without a callback";
const request = "proxy_on_request_headers";

const modules: readonly { readonly name: string; readonly base: string; readonly body?: string }[] = [
  { name: none, base: none },
  { name: nothing, base: none, body: "" },
  { name: request, base: nothing, body: onRequest },
  {
    name: "proxy_on_context_create",
    base: request,
    body: `${onRequest} (func (export "proxy_on_context_create") (param i32 i32))`,
  },
  {
    name: "proxy_on_response_headers",
    base: request,
    body: `${onRequest} ${onRequest.replace("request", "response")}`,
  },
  {
    name: "proxy_on_done",
    base: request,
    body: `${onRequest} (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))`,
  },
  { name: "proxy_on_log", base: request, body: `${onRequest} (func (export "proxy_on_log") (param i32))` },
  { name: "proxy_on_delete", base: request, body: `${onRequest} (func (export "proxy_on_delete") (param i32))` },
];

const firstPort = 18_200;

export function callbacks(): readonly Callback[] {
  return modules.map(({ name, base, body }, index) => ({
    name,
    base,
    listener: {
      name: `callback-${index}`,
      port: firstPort + index,
      filters:
        body === undefined
          ? []
          : Array.from({ length: chainLength }, () => moduleFilter(assemble(proxyModule("", body)))),
      levelOnResponse: false,
    },
  }));
}
