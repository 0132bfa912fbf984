// Finds the host calls that the filter makes for one request of a variant, by running filter.wasm in Node.
import { readFileSync } from "node:fs";
import { type FilterVm, startFilterVm } from "@expedite/filter/host/filter-vm.ts";
import { SharedData } from "@expedite/filter/host/shared-data.ts";
import { filterModule } from "../envoy/bootstrap.ts";
import { requestHeaders, requestPath, type Shape } from "./requests.ts";
import { stored, type Variant } from "./variants.ts";

type Header = readonly [name: string, value: string];

/** The request's headers as Envoy shows them to a filter. */
function headersOf(shape: Shape): readonly Header[] {
  const { host = "", ...others } = requestHeaders(shape, 0);
  return [
    [":authority", host],
    [":path", requestPath],
    [":method", "GET"],
    [":scheme", "http"],
    ...Object.entries(others),
  ];
}

/** Names of host functions in call order, by variant; only variants that run Expedite. */
export function transcripts(all: readonly Variant[]): ReadonlyMap<string, readonly string[]> {
  const module = new WebAssembly.Module(readFileSync(filterModule()) as Uint8Array<ArrayBuffer>);
  const sharedData = new SharedData();
  const start = ({ expedite }: Variant): FilterVm => {
    const vm = startFilterVm({ module, sharedData });
    vm.configure(expedite?.configuration ?? "");
    return vm;
  };
  const found = new Map<string, readonly string[]>();
  for (const variant of all) {
    // The calls for a routed request depend on its route, which this host does not choose.
    if (variant.expedite === undefined || variant.listener.isRouted) continue;
    const vm = start(variant);
    if (variant.name === "inbound") vm.request(headersOf(stored));
    vm.request(headersOf(variant.shape));
    found.set(
      variant.name,
      vm.calls.map((call) => call.split(" ")[0] ?? ""),
    );
  }
  return found;
}
