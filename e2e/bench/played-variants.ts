// Runs the filter in Node as a variant configures it, and sends it the variant's requests.
import { readFileSync } from "node:fs";
import { type FilterVm, startFilterVm } from "@expedite/filter/host/filter-vm.ts";
import { SharedData } from "@expedite/filter/host/shared-data.ts";
import { moduleFor } from "../envoy/bootstrap.ts";
import { requestHeaders, requestPath, type Shape } from "./requests.ts";
import { routeAttributes } from "./routed.ts";
import { stored, type Variant } from "./variants.ts";

export interface PlayedVariant {
  readonly variant: Variant;
  readonly vm: FilterVm;
  /** Sends the request with this index. For outbound, the cause of number 0 is known. */
  readonly send: (index: number) => void;
}

type Header = readonly [name: string, value: string];

/** Nanoseconds; always the same, so that every run is the same. */
const time = 1_700_000_000_000_000_000n;

/** The request's headers as Envoy shows them to a filter. */
function headersOf(shape: Shape, index: number): readonly Header[] {
  const { host = "", ...others } = requestHeaders(shape, index);
  return [
    [":authority", host],
    [":path", requestPath],
    [":method", "GET"],
    [":scheme", "http"],
    ...Object.entries(others),
  ];
}

/** Only variants that run Expedite. Each has to be played before the next one is taken, because outbound looks up what inbound stored. */
export function* playedVariants(all: readonly Variant[]): Generator<PlayedVariant> {
  const sharedData = new SharedData();
  for (const variant of all) {
    if (variant.expedite === undefined) continue;
    const { configuration } = variant.expedite;
    const module = new WebAssembly.Module(readFileSync(moduleFor(configuration)) as Uint8Array<ArrayBuffer>);
    const vm = startFilterVm({ module, sharedData, clock: () => time });
    vm.configure(configuration);
    const attributes = variant.listener.isRouted ? routeAttributes : undefined;
    const send = (index: number): void => void vm.request(headersOf(variant.shape, index), attributes);
    if (variant.name === "inbound") vm.request(headersOf(stored, 0));
    yield { variant, vm, send };
  }
}
