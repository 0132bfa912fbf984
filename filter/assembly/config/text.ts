// The plugin configuration enters from the host, piece by piece; its text lies here until the next one is read.
import { emptyArena } from "../abi/arena";
import { proxy_get_buffer_bytes } from "../abi/imports";
import { resultAddress, resultData, resultSize, resultSizeAddress } from "../abi/result";
import { WasmResult } from "../abi/wasm-result";

/** Bytes; the same as maxConfigBytes of filter/config/schema.ts. */
export const maxText: usize = 262144;
export const text: usize = memory.data(262144, 8);

const pluginConfiguration: i32 = 7;
const piece: usize = 32768;

/** False where the host doesn't hand over all of it. `size` is at most maxText. */
export function fetchText(size: usize): bool {
  let have: usize = 0;
  while (have < size) {
    emptyArena();
    const want = min(piece, size - have);
    const status = proxy_get_buffer_bytes(pluginConfiguration, have, want, resultAddress(), resultSizeAddress());
    const got = resultSize();
    if (status != WasmResult.Ok || got == 0 || got > want) return false;
    memory.copy(text + have, resultData(), got);
    have += got;
  }
  return true;
}
