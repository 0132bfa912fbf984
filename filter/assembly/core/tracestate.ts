// A request's level enters, and leaves in a member of W3C tracestate, for applications that forward nothing of ours.
import { allocate } from "../abi/arena";
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { removeHeader, replaceHeader } from "../abi/headers";
import { resultData, resultSize } from "../abi/result";
import { getTracestate } from "./carriers";
import { levelAt } from "./levels";
import { memberHasKey, memberSize, memberStart, nextMember, valueAt, valueSize } from "./members";
import { Level, Root } from "./root";

const tracestate = constant("tracestate");
const tracestateSize: usize = 10;
/** Members of a list (W3C Trace Context, 3.3.1.1); those at its end go first. */
const maxMembers: i32 = 32;

/** Whether the list has our member with this level; `isOurs` says whether it has it at all. */
let isOurs: bool = false;
function hasMember(root: Root, level: Level, list: usize, end: usize): bool {
  isOurs = false;
  for (let at = list; at < end; ) {
    at = nextMember(at, end);
    if (!memberHasKey(root.memberKey, root.memberKeySize, 0)) continue;
    isOurs = true;
    if (valueSize == level.size && sameBytes(valueAt, level.name, valueSize)) return true;
  }
  return false;
}

/** A changed member goes to the front (3.5). @returns where it ends */
function putMember(root: Root, level: Level, to: usize): usize {
  memory.copy(to, root.memberKey, root.memberKeySize);
  to += root.memberKeySize;
  store<u8>(to++, 0x3d);
  memory.copy(to, level.name, level.size);
  return to + level.size;
}

/** The members that are not ours. @returns where they end */
function putOthers(root: Root, list: usize, end: usize, to: usize): usize {
  let members = 1;
  for (let at = list; at < end && members < maxMembers; ) {
    at = nextMember(at, end);
    if (memberSize == 0 || memberHasKey(root.memberKey, root.memberKeySize, 0)) continue;
    store<u8>(to++, 0x2c);
    memory.copy(to, memberStart, memberSize);
    to += memberSize;
    members++;
  }
  return to;
}

/** The default level is written only in place of another one: no member means it. */
export function writeMember(root: Root, index: i32): void {
  if (root.memberKey == 0 || root.observes) return;
  const level = levelAt(root, index);
  const isThere = getTracestate();
  const list = isThere ? resultData() : 0;
  const end = isThere ? list + resultSize() : 0;
  if (hasMember(root, level, list, end) || (!isOurs && index == root.defaultLevel)) return;
  // One comma more than the list has, and one for each time two lists were joined.
  const text = allocate(root.memberKeySize + level.size + 2 + (end - list) + 1);
  if (text == 0) return;
  const textEnd = putOthers(root, list, end, putMember(root, level, text));
  removeHeader(tracestate, tracestateSize);
  replaceHeader(tracestate, tracestateSize, text, textEnd - text);
}
