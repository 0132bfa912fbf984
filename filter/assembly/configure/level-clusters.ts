// Reads `levelClusters` and marks the levels that it names.
import { Configuration } from "../core/configuration";
import { levelAt } from "../core/levels";
import { nextItem, openArray } from "./json";
import { parsedStringSize } from "./json-string";
import { maxLevels, resolveLevel } from "./ladder";
import { enterField, enterItem, leavePath, pathSize, refuse, refused } from "./refusal";
import { keepString } from "./store";
import { readLevelName } from "./strings";

@unmanaged
class Name {
  at: usize;
  size: usize;
}

/** The names are kept, because they may come before the levels. */
const names: usize = memory.data(maxLevels * offsetof<Name>(), 8);
let count: i32 = 0;

function nameAt(index: i32): Name {
  return changetype<Name>(names + <usize>index * offsetof<Name>());
}

export function forgetLevelClusters(): void {
  count = 0;
}

/** Whether the configuration has the field. */
export function seesLevelClusters(): bool {
  return count > 0;
}

export function readLevelClusters(): void {
  if (!openArray()) return;
  const mark = pathSize;
  for (count = 0; nextItem(count, mark); count++) {
    if (count == maxLevels) {
      leavePath(mark);
      return refuse("has more than 8 levels");
    }
    if (!readLevelName()) return;
    nameAt(count).at = keepString();
    nameAt(count).size = parsedStringSize;
  }
  if (!refused && count == 0) refuse("must have a level");
}

export function resolveLevelClusters(configuration: Configuration): void {
  for (let i = 0; i < count && !refused; i++) {
    leavePath(0);
    enterField("levelClusters", 0);
    enterItem(i);
    const level = resolveLevel(configuration, nameAt(i).at, nameAt(i).size);
    if (!refused) levelAt(configuration, level).hasClusters = true;
  }
}
