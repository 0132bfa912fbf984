// Finds the variant of the shared routes that may stand for a user's route, and the hosts that keep their own clusters. A VM gets
// another list while it lives, and Envoy does not configure it again when it goes back to a list whose root context still has streams.
// So the VM keeps the latest lists, each with its plugin's root_id, and uses for a request the list of its plugin.
import { constant } from "../abi/ascii";
import { hashBytes, hashStart } from "../abi/bytes";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { Table } from "./route-table";
import { slotTime } from "./slots";

const rootId = constant("plugin_root_id");

/** routeListId of filter/config/route-list.ts, hashed. */
type Tag = u64;

@unmanaged
export class List {
  tag: Tag;
  /** When its root context had its last tick, or may have lived for another reason. */
  seen: u64;
  /** Address of its Table; 0: none yet. */
  table: usize;
  isEmpty: u32;
}

export const maxLists: i32 = 4;
const lists: usize = memory.data(maxLists * offsetof<List>(), 8);
/** Places that were ever taken. */
let listCount: i32 = 0;

/** Nanoseconds. A root context without a tick for so long is gone: they come every second. */
const lifetime: u64 = 3_000_000_000;

/** When a root context had a tick whose list is not kept any more. */
let unknownListSeen: u64 = 0;

/** The only list whose root context lives; null where there may be several: then each request has to say whose it is. */
let only: List | null = null;

/** The list of the request that asked last; null: none is kept. */
let current: List | null = null;

function listAt(index: i32): List {
  return changetype<List>(lists + <usize>index * offsetof<List>());
}

/** One host call: which plugin is being called. */
function readTag(): Tag {
  return getProperty(rootId.at, rootId.size) ? hashBytes(hashStart, resultData(), resultSize()) : 0;
}

function listWithTag(tag: Tag): List | null {
  for (let i = 0; i < listCount; i++) if (listAt(i).tag == tag) return listAt(i);
  return null;
}

function findOnly(): void {
  only = null;
  const time = slotTime();
  if (unknownListSeen != 0 && time - unknownListSeen < lifetime) return;
  let living = 0;
  for (let i = 0; i < listCount; i++) {
    if (time - listAt(i).seen >= lifetime) continue;
    living++;
    only = listAt(i);
  }
  if (living > 1) only = null;
}

/** With each tick of a root context. One host call, once there were two lists. */
export function keepListAlive(): void {
  if (listCount < 2) return;
  const list = listWithTag(readTag());
  if (list != null) list.seen = slotTime();
  else unknownListSeen = slotTime();
  findOnly();
}

/** One that was never taken, or the one unseen for longest. */
function freePlace(): List {
  if (listCount < maxLists) return listAt(listCount++);
  let place = listAt(0);
  for (let i = 1; i < maxLists; i++) if (listAt(i).seen < place.seen) place = listAt(i);
  return place;
}

/** The place for the list of the plugin that is being configured. One host call. */
export function placeForList(): List {
  const tag = readTag();
  let place = listWithTag(tag);
  if (place == null) {
    // As long as the first one was alone, nobody noted its ticks.
    if (listCount == 1) listAt(0).seen = slotTime();
    place = freePlace();
    place.tag = tag;
  }
  place.seen = slotTime();
  findOnly();
  return place;
}

/** To be called with each request before it is looked up. False where its list is not kept: nothing is known of its routes then. */
export function findList(): bool {
  const list = only;
  current = list != null ? list : listWithTag(readTag());
  return current != null;
}

function find(hash: u64, size: usize, isHost: bool): u32 {
  const list = current;
  return list == null || list.isEmpty != 0 ? 0 : changetype<Table>(list.table).find(hash, <u32>size, isHost);
}

/** @returns the address of the variant's name, or 0 */
export function variantOfRoute(config: usize, configSize: usize, name: usize, nameSize: usize): usize {
  // As routeIdentity of filter/config/route-list.ts joins them.
  const hash = (hashBytes(hashStart, config, configSize) ^ 0x20) * 0x100000001b3;
  const number = find(hashBytes(hash, name, nameSize), configSize + 1 + nameSize, false);
  return number == 0 ? 0 : changetype<Table>(current!.table).name(number);
}

export function hostIsExcluded(host: usize, size: usize): bool {
  return find(hashBytes(hashStart, host, size), size, true) != 0;
}
