// A request's level enters, and leaves in a member of W3C tracestate, for applications that forward nothing of ours.
import { allocate } from "../abi/arena";
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import {
  getHeader,
  headersAreComplete,
  headerSize,
  headerValue,
  nextHeader,
  Presence,
  removeHeader,
  replaceHeader,
} from "../abi/headers";
import { levelAt } from "./levels";
import { memberHasKey, memberSize, memberStart, nextMember, valueAt, valueSize } from "./members";
import { Level, Root } from "./root";

export const tracestate = constant("tracestate");
/** Members of a list (W3C Trace Context, 3.3.1.1); those at its end go first. */
const maxMembers: i32 = 32;

/** What the request's tracestate says: whether it has our member, whether with this level, and the bytes of all its headers. */
let isOurs: bool = false;
let isRight: bool = false;
let totalSize: usize = 0;

function lookInto(root: Root, level: Level): void {
  const end = headerValue + headerSize;
  totalSize += headerSize + 1;
  for (let at = headerValue; at < end; ) {
    at = nextMember(at, end);
    if (!memberHasKey(root.memberKey, root.memberKeySize)) continue;
    isOurs = true;
    if (valueSize == level.size && sameBytes(valueAt, level.name, valueSize)) isRight = true;
  }
}

function look(root: Root, level: Level): void {
  isOurs = false;
  isRight = false;
  totalSize = 0;
  if (getHeader(tracestate.at, tracestate.size) != Presence.Present) return;
  do lookInto(root, level);
  while (nextHeader(tracestate.at, tracestate.size));
}

let members: i32 = 0;

/** Appends a header's members that are not ours. @returns where they end */
function putOthers(root: Root, to: usize): usize {
  const end = headerValue + headerSize;
  for (let at = headerValue; at < end && members < maxMembers; ) {
    at = nextMember(at, end);
    if (memberSize == 0 || memberHasKey(root.memberKey, root.memberKeySize)) continue;
    store<u8>(to++, 0x2c);
    memory.copy(to, memberStart, memberSize);
    to += memberSize;
    members++;
  }
  return to;
}

/** A changed member goes to the front (3.5). @returns where the list ends */
function putList(root: Root, level: Level, to: usize): usize {
  memory.copy(to, root.memberKey, root.memberKeySize);
  to += root.memberKeySize;
  store<u8>(to++, 0x3d);
  memory.copy(to, level.name, level.size);
  to += level.size;
  members = 1;
  if (getHeader(tracestate.at, tracestate.size) != Presence.Present) return to;
  do to = putOthers(root, to);
  while (nextHeader(tracestate.at, tracestate.size));
  return to;
}

/** The default level is written only in place of another one: no member means it. */
export function writeMember(root: Root, index: i32): void {
  if (root.memberKey == 0 || root.observes || !headersAreComplete()) return;
  const level = levelAt(root, index);
  look(root, level);
  if (isRight || (!isOurs && index == root.defaultLevel)) return;
  const text = allocate(root.memberKeySize + 1 + level.size + 1 + totalSize);
  if (text == 0) return;
  const end = putList(root, level, text);
  removeHeader(tracestate.at, tracestate.size);
  replaceHeader(tracestate.at, tracestate.size, text, end - text);
}
