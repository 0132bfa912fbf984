// EXTRACT: a request on its way into the application enters; its level is remembered under each of its ids.
import { readCorrelator } from "./correlators";
import { believedLevel, inHeader, removeOther } from "./edge";
import { Id, idSize } from "./id";
import { addLevel } from "./levels";
import { noLevel, Root } from "./root";
import { classify } from "./rules/rules";
import { slotTime, storeLevel } from "./slots";
import { writeMember } from "./tracestate";

/** Writes per request at most: a request id and two trace ids that disagree. */
const maxIds: i32 = 3;
const ids: usize = memory.data(192, 8);

function idAt(index: i32): Id {
  return changetype<Id>(ids + <usize>index * idSize);
}

function isRepeated(index: i32): bool {
  for (let i = 0; i < index; i++) if (idAt(i).absorbs(idAt(index))) return true;
  return false;
}

function remember(root: Root, level: i32): void {
  if (level == root.defaultLevel && !root.storesDefault) return;
  let found = 0;
  for (let i = 0; i < root.correlatorCount && found < maxIds; i++)
    if (readCorrelator(<u32>(root.correlators >> (i << 3)) & 0xff, idAt(found)) && !isRepeated(found)) found++;
  const time = slotTime();
  for (let i = 0; i < found; i++) storeLevel(root, idAt(i), level, time);
}

/** @returns the request's level */
export function extract(root: Root): i32 {
  let level = believedLevel(root);
  removeOther(root);
  if (!inHeader) {
    if (level == noLevel) level = classify(root);
    if (level != noLevel) addLevel(root, level);
    else level = root.defaultLevel;
  }
  remember(root, level);
  writeMember(root, level);
  return level;
}
