// Reads `levels`, and resolves level names to indices.
import { hashBytes, hashStart } from "../abi/bytes";
import { putAscii, putBytes } from "../abi/log";
import { Configuration, Level, noLevel } from "../core/configuration";
import { levelAt, levelNamed } from "../core/levels";
import { nextItem, openArray } from "./json";
import { parsedString, parsedStringSize } from "./json-string";
import { beginRefusal, endRefusal, leavePath, pathSize, refuse } from "./refusal";
import { keepString, take } from "./store";
import { readLevelName } from "./strings";

export const maxLevels: i32 = 8;

export function readLevels(configuration: Configuration): void {
  if (!openArray()) return;
  const mark = pathSize;
  configuration.levels = take(maxLevels * offsetof<Level>());
  let count = 0;
  for (; nextItem(count, mark); count++) {
    if (count == maxLevels) return refuseLevels(mark, "has more than 8 levels");
    if (!readLevelName()) return;
    if (levelNamed(configuration, parsedString, parsedStringSize) != noLevel)
      return refuseLevels(mark, "must not name a level twice");
    const level = levelAt(configuration, count);
    level.name = keepString();
    level.size = parsedStringSize;
    configuration.levelCount = count + 1;
  }
  if (pathSize == mark && count == 0) refuse("must have a level");
}

function refuseLevels(mark: usize, message: string): void {
  leavePath(mark);
  refuse(message);
}

/** The index of a level; if no level has the name, the refusal lists those that exist. */
export function resolveLevel(configuration: Configuration, name: usize, size: usize): i32 {
  const index = levelNamed(configuration, name, size);
  if (index != noLevel) return index;
  beginRefusal();
  putAscii('"');
  putBytes(name, size);
  putAscii('" is not one of levels: ');
  for (let i = 0; i < configuration.levelCount; i++) {
    if (i > 0) putAscii(", ");
    putBytes(levelAt(configuration, i).name, levelAt(configuration, i).size);
  }
  endRefusal();
  return noLevel;
}

/** Two ladders with the same names in the same order have the same hash. */
export function hashLadder(configuration: Configuration): u32 {
  let hash = hashStart;
  for (let i = 0; i < configuration.levelCount; i++) {
    const level = levelAt(configuration, i);
    // The size comes first, so that the names "a","bc" and "ab","c" have different hashes.
    hash = hashBytes((hash ^ <u64>level.size) * 0x100000001b3, level.name, level.size);
  }
  return <u32>(hash ^ (hash >> 32));
}
