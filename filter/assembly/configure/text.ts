// Fetches the plugin configuration from the host, piece by piece. Its first line belongs to the VM and is identified by its hash; the rest
// may change within a VM (filter/config/route-list.ts).
import { emptyArena } from "../abi/arena";
import { hashBytes, hashStart, indexOfByte } from "../abi/bytes";
import { proxy_get_buffer_bytes } from "../abi/env";
import { resultAddress, resultData, resultSize, resultSizeAddress } from "../abi/result";
import { WasmResult } from "../abi/wasm-result";

const pluginConfiguration: i32 = 7;
const piece: usize = 32768;
const newline: u8 = 0x0a;

export let firstLineHash: u64 = 0;
/** Without the newline at its end. */
export let firstLineSize: usize = 0;

/** Fetches at most one piece between the two positions. @returns its size; 0 if the host does not return it */
function fetchPiece(from: usize, end: usize): usize {
  emptyArena();
  const want = min(piece, end - from);
  const status = proxy_get_buffer_bytes(pluginConfiguration, from, want, resultAddress(), resultSizeAddress());
  return status == WasmResult.Ok && resultSize() <= want ? resultSize() : 0;
}

/** Determines the first line's size and hash, in a text of `size` bytes. False if the host does not return all of it. */
export function readFirstLine(size: usize): bool {
  firstLineHash = hashStart;
  firstLineSize = 0;
  while (firstLineSize < size) {
    const got = fetchPiece(firstLineSize, size);
    if (got == 0) return false;
    const line = indexOfByte(resultData(), got, newline);
    firstLineHash = hashBytes(firstLineHash, resultData(), line);
    firstLineSize += line;
    if (line < got) return true;
  }
  return true;
}

/** Copies `size` bytes of the text from `start`. False if the host does not return them. */
export function copyText(to: usize, start: usize, size: usize): bool {
  for (let have: usize = 0; have < size; ) {
    const got = fetchPiece(start + have, start + size);
    if (got == 0) return false;
    memory.copy(to + have, resultData(), got);
    have += got;
  }
  return true;
}
