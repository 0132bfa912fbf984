// Fetches the plugin configuration from the host, piece by piece. Its first line belongs to the VM and is known by its hash; what follows
// may change in a VM (filter/config/route-list.ts).
import { emptyArena } from "../abi/arena";
import { hashBytes, hashStart, indexOfByte } from "../abi/bytes";
import { proxy_get_buffer_bytes } from "../abi/env";
import { resultAddress, resultData, resultSize, resultSizeAddress } from "../abi/result";
import { WasmResult } from "../abi/wasm-result";

const pluginConfiguration: i32 = 7;
const piece: usize = 32768;
const newline: u8 = 0x0a;

export let firstLineHash: u64 = 0;
/** Without the newline behind it. */
export let firstLineSize: usize = 0;

/** Fetches at most a piece of what lies between the two. @returns its size; 0 where the host does not hand it over */
function fetchPiece(from: usize, end: usize): usize {
  emptyArena();
  const want = min(piece, end - from);
  const status = proxy_get_buffer_bytes(pluginConfiguration, from, want, resultAddress(), resultSizeAddress());
  return status == WasmResult.Ok && resultSize() <= want ? resultSize() : 0;
}

/** Reads the first line's size and hash, in a text of `size` bytes. False where the host does not hand over all of it. */
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

/** Copies `size` bytes of the text from `start` on. False where the host does not hand them over. */
export function copyText(to: usize, start: usize, size: usize): bool {
  for (let have: usize = 0; have < size; ) {
    const got = fetchPiece(start + have, start + size);
    if (got == 0) return false;
    memory.copy(to + have, resultData(), got);
    have += got;
  }
  return true;
}
