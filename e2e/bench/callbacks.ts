// Measures the price of each entry from Envoy into a module, with chains of filters whose modules export one more callback than others, and
// the price of the level on the response, which Envoy writes by itself.
import { type BenchListener, moduleFilter } from "./listeners.ts";
import type { Shape } from "./requests.ts";
import { outside, stored } from "./variants.ts";
import { assemble, proxyModule } from "./wat.ts";

export interface Callback {
  readonly name: string;
  /** The variant whose cost is subtracted. */
  readonly base: string;
  /** How many times a request pays the price. */
  readonly times: number;
  readonly shape: Shape;
  readonly listener: BenchListener;
}

/** Filters in a chain. */
const chainLength = 8;

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

const level = "no filter, a request with a level";
export const levelOnResponse = "the level on the response, by Envoy";

const chain = (body: string | undefined) =>
  body === undefined ? [] : Array.from({ length: chainLength }, () => moduleFilter(assemble(proxyModule("", body))));

const firstPort = 18_200;

export function callbacks(): readonly Callback[] {
  const chains = modules.map(({ name, base, body }) => ({
    ...{ name, base, times: chainLength, shape: outside },
    ...{ filters: chain(body), levelOnResponse: false },
  }));
  const response = { base: level, times: 1, shape: stored, filters: [] };
  const all = [
    ...chains,
    { ...response, name: level, levelOnResponse: false },
    { ...response, name: levelOnResponse, levelOnResponse: true },
  ];
  return all.map(({ name, base, times, shape, filters, levelOnResponse }, index) => ({
    ...{ name, base, times, shape },
    listener: { name: `callback-${index}`, port: firstPort + index, filters, levelOnResponse },
  }));
}
