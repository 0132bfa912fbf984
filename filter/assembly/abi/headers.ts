// Names of headers enter, values leave, of the request whose headers the host is showing.
import {
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
} from "./imports";
import { resultAddress, resultData, resultSize, resultSizeAddress } from "./result";
import { WasmResult } from "./wasm-result";

/** The header map of HttpRequestHeaders. */
const map: i32 = 0;

export const enum Presence {
  Absent = 0,
  Present = 1,
  /** It is there but doesn't fit into the arena: whatever it says, it is not one of our short names. */
  Unreadable = 2,
}

export let headerValue: usize = 0;
export let headerSize: usize = 0;

/** Where Present, headerValue and headerSize are the first of the header's values, until the entry from the host ends. */
export function getHeader(name: usize, nameSize: usize): Presence {
  headerValue = 0;
  headerSize = 0;
  const status = proxy_get_header_map_value(map, name, nameSize, resultAddress(), resultSizeAddress());
  if (status == WasmResult.NotFound) return Presence.Absent;
  if (status != WasmResult.Ok) return Presence.Unreadable;
  headerValue = resultData();
  headerSize = resultSize();
  return Presence.Present;
}

export function replaceHeader(name: usize, nameSize: usize, value: usize, valueSize: usize): void {
  proxy_replace_header_map_value(map, name, nameSize, value, valueSize);
}

/** All of its values. */
export function removeHeader(name: usize, nameSize: usize): void {
  proxy_remove_header_map_value(map, name, nameSize);
}
