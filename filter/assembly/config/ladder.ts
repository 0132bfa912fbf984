// The JSON of `levels` and the names of single levels enter; Level records and their indices leave.
import { hashBytes, hashStart } from "../abi/bytes";
import { putAscii, putBytes } from "../abi/log";
import { levelAt, levelNamed } from "../core/levels";
import { Level, noLevel, Root } from "../core/root";
import { nextItem, openArray } from "./json";
import { stringAt, stringSize } from "./json-string";
import { beginRefusal, endRefusal, leavePath, pathSize, refuse } from "./refusal";
import { keepString, take } from "./store";
import { readLevelName } from "./strings";

const maxLevels: i32 = 8;

export function readLevels(root: Root): void {
  if (!openArray()) return;
  const mark = pathSize;
  root.levels = take(maxLevels * offsetof<Level>());
  let count = 0;
  for (; nextItem(count, mark); count++) {
    if (count == maxLevels) return refuseLevels(mark, "has more than 8 levels");
    if (!readLevelName()) return;
    if (levelNamed(root, stringAt, stringSize) != noLevel) return refuseLevels(mark, "must not name a level twice");
    const level = levelAt(root, count);
    level.name = keepString();
    level.size = stringSize;
    root.levelCount = count + 1;
  }
  if (pathSize == mark && count == 0) refuse("must have a level");
}

function refuseLevels(mark: usize, message: string): void {
  leavePath(mark);
  refuse(message);
}

/** The index of a level; where no level has the name, the refusal lists those that there are. */
export function resolveLevel(root: Root, name: usize, size: usize): i32 {
  const index = levelNamed(root, name, size);
  if (index != noLevel) return index;
  beginRefusal();
  putAscii('"');
  putBytes(name, size);
  putAscii('" is not one of levels: ');
  for (let i = 0; i < root.levelCount; i++) {
    if (i > 0) putAscii(", ");
    putBytes(levelAt(root, i).name, levelAt(root, i).size);
  }
  endRefusal();
  return noLevel;
}

/** Two ladders with the same names in the same order have the same hash. */
export function hashLadder(root: Root): u32 {
  let hash = hashStart;
  for (let i = 0; i < root.levelCount; i++) {
    const level = levelAt(root, i);
    // The size comes first: names "a","bc" are not "ab","c".
    hash = hashBytes((hash ^ <u64>level.size) * 0x100000001b3, level.name, level.size);
  }
  return <u32>(hash ^ (hash >> 32));
}
