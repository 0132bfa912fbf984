// The plugin configuration enters from the host, piece by piece; its text and a hash of it leave.
import { emptyArena } from "../abi/arena";
import { hashBytes, hashStart } from "../abi/bytes";
import { proxy_get_buffer_bytes } from "../abi/imports";
import { resultAddress, resultData, resultSize, resultSizeAddress } from "../abi/result";
import { WasmResult } from "../abi/wasm-result";

const pluginConfiguration: i32 = 7;
const piece: usize = 32768;

export let textHash: u64 = 0;

/** Writes the text to `to` unless that is 0, and its hash to textHash. False where the host doesn't hand over all of it. */
export function fetchText(to: usize, size: usize): bool {
  textHash = hashStart;
  let have: usize = 0;
  while (have < size) {
    emptyArena();
    const want = min(piece, size - have);
    const status = proxy_get_buffer_bytes(pluginConfiguration, have, want, resultAddress(), resultSizeAddress());
    const got = resultSize();
    if (status != WasmResult.Ok || got == 0 || got > want) return false;
    textHash = hashBytes(textHash, resultData(), got);
    if (to != 0) memory.copy(to + have, resultData(), got);
    have += got;
  }
  return true;
}
