// Reads and writes the headers of the request that the host is showing. All headers are fetched in one host call, because each call that
// returns bytes enters the VM again for memory, which costs more than the bytes (docs/adr/0016-where-the-time-goes.md).
import { sameBytes } from "./bytes";
import {
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
} from "./env";
import { resultAddress, resultData, resultSize, resultSizeAddress } from "./result";
import { WasmResult } from "./wasm-result";

/** The header map of HttpRequestHeaders. */
const map: i32 = 0;

export const enum Presence {
  Absent = 0,
  Present = 1,
  /** The header is present but doesn't fit into the arena, so its value is too long for any of Expedite's names. */
  Unreadable = 2,
}

export let foundHeader: usize = 0;
export let foundHeaderSize: usize = 0;

/**
 * The host's list, or 0 if it doesn't fit into the arena:
 *   count u32 | count × (name size u32, value size u32) | count × (name, 0, value, 0)
 */
let list: usize = 0;
/** The pair at which the search continues, and the address of its name. */
let pair: usize = 0;
let name: usize = 0;

/** To be called first for each request. One host call. */
export function readHeaders(): void {
  list = proxy_get_header_map_pairs(map, resultAddress(), resultSizeAddress()) == WasmResult.Ok ? resultData() : 0;
}

/** Whether nextHeader finds every value, or only the first value is known. */
export function headersAreComplete(): bool {
  return list != 0;
}

/** The next value of the header that getHeader found; false if there is none. */
export function nextHeader(wanted: usize, wantedSize: usize): bool {
  if (list == 0) return false;
  const end = list + 4 + ((<usize>load<u32>(list)) << 3);
  while (pair < end) {
    const size: usize = load<u32>(pair);
    const valueSize: usize = load<u32>(pair, 4);
    const at = name;
    pair += 8;
    name += size + valueSize + 2;
    if (size != wantedSize || !sameBytes(at, wanted, size)) continue;
    foundHeader = at + size + 1;
    foundHeaderSize = valueSize;
    return true;
  }
  return false;
}

/** To be called before readHeaders. One host call, which hands over no bytes if the header is absent. */
export function isHeaderAbsent(wanted: usize, wantedSize: usize): bool {
  return getAlone(wanted, wantedSize) == Presence.Absent;
}

/** Hides the header from later reads; the request keeps it. */
export function forgetHeader(wanted: usize, wantedSize: usize): void {
  if (getHeader(wanted, wantedSize) != Presence.Present || list == 0) return;
  // No header name contains a zero byte.
  do store<u8>(foundHeader - wantedSize - 1, 0);
  while (nextHeader(wanted, wantedSize));
}

/** Fetches only this header. One host call. */
function getAlone(wanted: usize, wantedSize: usize): Presence {
  const status = proxy_get_header_map_value(map, wanted, wantedSize, resultAddress(), resultSizeAddress());
  if (status == WasmResult.NotFound) return Presence.Absent;
  if (status != WasmResult.Ok) return Presence.Unreadable;
  foundHeader = resultData();
  foundHeaderSize = resultSize();
  return Presence.Present;
}

/** If Present, foundHeader and foundHeaderSize are the first of the header's values until the entry from the host ends. */
export function getHeader(wanted: usize, wantedSize: usize): Presence {
  foundHeader = 0;
  foundHeaderSize = 0;
  if (list == 0) return getAlone(wanted, wantedSize);
  pair = list + 4;
  name = pair + ((<usize>load<u32>(list)) << 3);
  return nextHeader(wanted, wantedSize) ? Presence.Present : Presence.Absent;
}

export function replaceHeader(name: usize, nameSize: usize, value: usize, valueSize: usize): void {
  proxy_replace_header_map_value(map, name, nameSize, value, valueSize);
}

/** Removes all of its values. */
export function removeHeader(name: usize, nameSize: usize): void {
  proxy_remove_header_map_value(map, name, nameSize);
}
