// Splits the cost that each variant added into the prices of its calls and the rest.
import type { Estimate } from "../measure/statistics.ts";
import { levelOnResponse } from "./callbacks.ts";
import { replacedOnce } from "./calls.ts";
import type { Price } from "./price-calls.ts";
import { variantOf } from "./quiet.ts";
import type { Variant } from "./variants.ts";

/** Names of prices by host function. When the filter makes a new kind of call, its price must be added here. */
const prices: Readonly<Record<string, string>> = {
  proxy_get_header_map_pairs: "get all headers",
  proxy_get_shared_data: "get shared data, 512 bytes",
  proxy_set_shared_data: "set shared data, 512 bytes",
  proxy_replace_header_map_value: "replace a header",
  proxy_remove_header_map_value: "remove a header that is absent",
  proxy_get_current_time_nanoseconds: "get the time",
  // The filter asks for one header only where it is absent, or once.
  proxy_get_header_map_value: "get a header that is absent",
  proxy_get_metric: "get a gauge",
  proxy_record_metric: "set a gauge",
};

export const floor = "Wasm filter that does nothing";
export const routeAgain = "route chosen again";
export const rest = "rest";

export interface Shares {
  readonly name: string;
  /** Microseconds per part. Prices are medians; the rest absorbs the error of all of them. */
  readonly parts: ReadonlyMap<string, number>;
  readonly added: number;
}

export interface SharesInput {
  readonly variants: readonly Variant[];
  /** The host calls of each result. */
  readonly transcripts: ReadonlyMap<string, readonly string[]>;
  /** What each variant added, µs. */
  readonly results: readonly { readonly name: string; readonly added: Estimate }[];
  readonly priced: readonly Price[];
}

/** @throws for a host function without a price: the filter makes a new kind of call */
export function sharesOf({ variants, transcripts, results, priced }: SharesInput): readonly Shares[] {
  const price = (name: string): number =>
    (priced.find((one) => one.name === name)?.nanoseconds.value ?? Number.NaN) / 1000;
  const addedBy = (name: string): number => results.find((one) => one.name === name)?.added.value ?? Number.NaN;
  return [...transcripts].map(([name, functions]) => {
    const parts = new Map([[floor, addedBy("empty")]]);
    const put = (part: string, micros: number): unknown => parts.set(part, (parts.get(part) ?? 0) + micros);
    for (const one of functions) {
      const part = prices[one];
      if (part === undefined) throw new Error(`${name} calls ${one}, which has no price in the bench`);
      put(part, price(part));
    }
    const replaced = "replace a header";
    if (parts.has(replaced)) put(routeAgain, price(replacedOnce) - price(replaced));
    if (variants.find((one) => one.name === variantOf(name))?.listener.levelOnResponse)
      put(levelOnResponse, price(levelOnResponse));
    const known = [...parts.values()].reduce((sum, micros) => sum + micros, 0);
    const added = addedBy(name);
    return { name, parts: parts.set(rest, added - known), added };
  });
}
