// Paths of Envoy attributes enter, their bytes leave (Envoy docs, "Attributes"). A path's parts are joined by a zero byte.
import { proxy_get_property } from "./imports";
import { resultAddress, resultSizeAddress } from "./result";
import { WasmResult } from "./wasm-result";

/** True where the attribute is there; its bytes are the result. */
export function getProperty(path: usize, pathSize: usize): bool {
  return proxy_get_property(path, pathSize, resultAddress(), resultSizeAddress()) == WasmResult.Ok;
}
