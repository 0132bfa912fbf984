// Bytes of a header enter, an index into the ladder leaves: 0 is the highest level. And back again, unless the
// configuration only observes.
import { sameBytes } from "../abi/bytes";
import { removeHeader, replaceHeader } from "../abi/headers";
import { getProperty } from "../abi/property";
import { resultSize } from "../abi/result";
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

export function removeLevel(root: Root): void {
  if (!root.observes) removeHeader(root.header, root.headerSize);
}

/** Whatever is there. Removed first: replacing changes the first value only, and Envoy's routes match any of them. */
export function overwriteLevel(root: Root, index: i32): void {
  removeLevel(root);
  addLevel(root, index);
}

/**
 * Leaves the level header with this level, its first value, as the only one. Nothing is written where it is: a write
 * makes Envoy choose the route again. The attribute joins all values, so a longer one has several.
 */
export function keepLevel(root: Root, index: i32): void {
  if (root.observes) return;
  const isOnly = getProperty(root.headerAttribute, root.headerAttributeSize) && resultSize() == levelAt(root, index).size;
  if (!isOnly) overwriteLevel(root, index);
}
