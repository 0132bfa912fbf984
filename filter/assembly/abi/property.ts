// Reads Envoy's attributes (Envoy docs, "Attributes"), and writes filter state. The parts of a path are joined by a zero byte.

import { proxy_get_property, proxy_set_property } from "./env";
import { Presence } from "./headers";
import { resultAddress, resultSizeAddress } from "./result";
import { WasmResult } from "./wasm-result";

/** If Present, its bytes are the result. Unreadable: it doesn't fit into the arena, or Envoy has no serialized form for it. */
export function propertyPresence(path: usize, pathSize: usize): Presence {
  const status = proxy_get_property(path, pathSize, resultAddress(), resultSizeAddress());
  return status == WasmResult.Ok
    ? Presence.Present
    : status == WasmResult.NotFound
      ? Presence.Absent
      : Presence.Unreadable;
}

/** Whether the attribute is present; its bytes are the result. */
export function getProperty(path: usize, pathSize: usize): bool {
  return propertyPresence(path, pathSize) == Presence.Present;
}

/** Sets an object `wasm.<path>` in the request's filter state, which nothing else can set. False if the host refuses. */
export function setProperty(path: usize, pathSize: usize, value: usize, valueSize: usize): bool {
  return proxy_set_property(path, pathSize, value, valueSize) == WasmResult.Ok;
}
