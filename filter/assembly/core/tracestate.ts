// Writes a request's level into a member of W3C tracestate, for applications that do not forward the level header.
import { allocate } from "../abi/arena";
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import {
  foundHeader,
  foundHeaderSize,
  getHeader,
  headersAreComplete,
  nextHeader,
  Presence,
  removeHeader,
  replaceHeader,
} from "../abi/headers";
import { Configuration, Level } from "./configuration";
import { levelAt } from "./levels";
import { foundMember, foundMemberSize, foundValue, foundValueSize, memberHasKey, nextMember } from "./list-header";

export const tracestate = constant("tracestate");
/** The maximum number of members in a list (W3C Trace Context, 3.3.1.1); further ones at its end are dropped. */
const maxMembers: i32 = 32;

/** Facts about the request's tracestate: whether it has the level's member, whether with this level, and the bytes of all its headers. */
let isOurs: bool = false;
let isRight: bool = false;
let totalSize: usize = 0;

function lookInto(configuration: Configuration, level: Level): void {
  const end = foundHeader + foundHeaderSize;
  totalSize += foundHeaderSize + 1;
  for (let at = foundHeader; at < end; ) {
    at = nextMember(at, end);
    // Of several members the first counts, as it does for readers of the list.
    if (isOurs || !memberHasKey(configuration.memberKey, configuration.memberKeySize)) continue;
    isOurs = true;
    isRight = foundValueSize == level.size && sameBytes(foundValue, level.name, foundValueSize);
  }
}

function look(configuration: Configuration, level: Level): void {
  isOurs = false;
  isRight = false;
  totalSize = 0;
  if (getHeader(tracestate.at, tracestate.size) != Presence.Present) return;
  do lookInto(configuration, level);
  while (nextHeader(tracestate.at, tracestate.size));
}

let members: i32 = 0;

/** Appends a header's members with other keys. @returns their end */
function putOthers(configuration: Configuration, to: usize): usize {
  const end = foundHeader + foundHeaderSize;
  for (let at = foundHeader; at < end && members < maxMembers; ) {
    at = nextMember(at, end);
    if (foundMemberSize == 0 || memberHasKey(configuration.memberKey, configuration.memberKeySize)) continue;
    store<u8>(to++, 0x2c);
    memory.copy(to, foundMember, foundMemberSize);
    to += foundMemberSize;
    members++;
  }
  return to;
}

/** A changed member moves to the front (3.5). @returns the end of the list */
function putList(configuration: Configuration, level: Level, to: usize): usize {
  memory.copy(to, configuration.memberKey, configuration.memberKeySize);
  to += configuration.memberKeySize;
  store<u8>(to++, 0x3d);
  memory.copy(to, level.name, level.size);
  to += level.size;
  members = 1;
  if (getHeader(tracestate.at, tracestate.size) != Presence.Present) return to;
  do to = putOthers(configuration, to);
  while (nextHeader(tracestate.at, tracestate.size));
  return to;
}

/** The default level is written only to replace another level, because no member means the default. */
export function writeMember(configuration: Configuration, index: i32): void {
  if (configuration.memberKey == 0 || configuration.observes || !headersAreComplete()) return;
  const level = levelAt(configuration, index);
  look(configuration, level);
  if (isRight || (!isOurs && index == configuration.defaultLevel)) return;
  const text = allocate(configuration.memberKeySize + 1 + level.size + 1 + totalSize);
  if (text == 0) return;
  const end = putList(configuration, level, text);
  removeHeader(tracestate.at, tracestate.size);
  replaceHeader(tracestate.at, tracestate.size, text, end - text);
}
