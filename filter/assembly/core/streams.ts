// Ids of stream contexts enter, their root and level leave. A direct-mapped table, so that no request allocates:
// when more than `entries` streams are open a newer one may take an older one's place, which then loses the level
// on its response and nothing else (every reader compares the whole id).
import { findRoot, noLevel, Root } from "./root";

@unmanaged
class Stream {
  id: u32;
  /** Address of the Root, and the id it had: a block may have another owner since. */
  root: usize;
  rootId: u32;
  level: i32;
}

const entries: u32 = 16384;
const table: usize = memory.data(262144, 16);

function entryOf(id: u32): Stream {
  return changetype<Stream>(table + <usize>(id & (entries - 1)) * offsetof<Stream>());
}

export function openStream(id: u32, rootId: u32): void {
  const entry = entryOf(id);
  const root = findRoot(rootId);
  entry.id = root == null ? 0 : id;
  entry.root = changetype<usize>(root);
  entry.rootId = rootId;
  entry.level = noLevel;
}

/** Null where the stream has none or was displaced. */
export function rootOfStream(id: u32): Root | null {
  const entry = entryOf(id);
  if (id == 0 || entry.id != id) return null;
  const root = changetype<Root>(entry.root);
  return root.id == entry.rootId ? root : null;
}

/** Only where rootOfStream found one. */
export function setLevelOfStream(id: u32, level: i32): void {
  entryOf(id).level = level;
}

export function levelOfStream(id: u32): i32 {
  return entryOf(id).level;
}

/** False where the id is not that of an open stream. */
export function closeStream(id: u32): bool {
  const entry = entryOf(id);
  if (id == 0 || entry.id != id) return false;
  entry.id = 0;
  return true;
}
