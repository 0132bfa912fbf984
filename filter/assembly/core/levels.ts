// Bytes of a header enter, an index into the ladder leaves: 0 is the highest level.
import { sameBytes } from "../abi/bytes";
import { HeaderMap, replaceHeader } from "../abi/headers";
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

export function stampLevel(root: Root, map: HeaderMap, index: i32): void {
  const level = levelAt(root, index);
  replaceHeader(map, root.header, root.headerSize, level.name, level.size);
}
