// Bytes of a header enter, an index into the ladder leaves: 0 is the highest level. And back again, unless the
// configuration only observes.
import { sameBytes } from "../abi/bytes";
import { forgetHeader, getHeader, headersAreComplete, nextHeader, Presence, removeHeader, replaceHeader } from "../abi/headers";
import { Level, noLevel, Root } from "./root";

export function levelAt(root: Root, index: i32): Level {
  return changetype<Level>(root.levels + <usize>index * offsetof<Level>());
}

/** noLevel where no level has this name. */
export function levelNamed(root: Root, name: usize, size: usize): i32 {
  for (let i = 0; i < root.levelCount; i++) {
    const level = levelAt(root, i);
    if (level.size == size && sameBytes(level.name, name, size)) return i;
  }
  return noLevel;
}

/** Where the header is absent. */
export function addLevel(root: Root, index: i32): void {
  if (root.observes) return;
  const level = levelAt(root, index);
  replaceHeader(root.header, root.headerSize, level.name, level.size);
}

/** Rules don't see it any more either. */
export function removeLevel(root: Root): void {
  forgetHeader(root.header, root.headerSize);
  if (!root.observes) removeHeader(root.header, root.headerSize);
}

/** Whatever is there. Removed first: replacing changes the first value only, and Envoy's routes match any of them. */
export function overwriteLevel(root: Root, index: i32): void {
  removeLevel(root);
  addLevel(root, index);
}

/**
 * Leaves the level header with this level, its first value, as the only one. Nothing is
 * written where it is: a write makes Envoy choose the route again.
 */
export function keepLevel(root: Root, index: i32): void {
  const isOnly = headersAreComplete() && getHeader(root.header, root.headerSize) == Presence.Present && !nextHeader(root.header, root.headerSize);
  if (!isOnly) overwriteLevel(root, index);
}
