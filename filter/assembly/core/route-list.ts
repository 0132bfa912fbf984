// Finds the variant of the shared routes that may replace a user's route, and the hosts that keep their own clusters. A VM gets new lists
// during its life, and Envoy does not configure it again when it goes back to a list whose root context still has streams. So the VM keeps
// the latest lists, each with its plugin's root_id, and uses for each request the list of its plugin.
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
  /** When its root context was last known to live, by a tick or otherwise. */
  seen: u64;
  /** Address of its Table; 0 until it has one. */
  table: usize;
  isEmpty: u32;
}

export const maxLists: i32 = 4;
const lists: usize = memory.data(maxLists * offsetof<List>(), 8);
/** Number of places used so far. */
let listCount: i32 = 0;

/** Nanoseconds. A root context that has not ticked for this long is gone, because ticks come every second. */
const lifetime: u64 = 3_000_000_000;

/** The last tick of a root context whose list is no longer kept. */
let unknownListSeen: u64 = 0;

/** The only list whose root context lives; null if there may be several, in which case each request has to name its own. */
let only: List | null = null;

/** The list of the current request; null if it is not kept. */
let current: List | null = null;

function listAt(index: i32): List {
  return changetype<List>(lists + <usize>index * offsetof<List>());
}

/** Reads which plugin is being called. One host call. */
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

/** To be called on each tick of a root context. One host call, once there have been two lists. */
export function keepListAlive(): void {
  if (listCount < 2) return;
  const list = listWithTag(readTag());
  if (list != null) list.seen = slotTime();
  else unknownListSeen = slotTime();
  findOnly();
}

/** A place that was never used, or the one whose list has not been seen for longest. */
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
    // While the first list was the only one, its ticks were not recorded.
    if (listCount == 1) listAt(0).seen = slotTime();
    place = freePlace();
    place.tag = tag;
  }
  place.seen = slotTime();
  findOnly();
  return place;
}

/** To be called for each request before looking it up. False if its list is not kept, so that nothing is known of its routes. */
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
  // Joined as in routeIdentity of filter/config/route-list.ts.
  const hash = (hashBytes(hashStart, config, configSize) ^ 0x20) * 0x100000001b3;
  const number = find(hashBytes(hash, name, nameSize), configSize + 1 + nameSize, false);
  return number == 0 ? 0 : changetype<Table>(current!.table).name(number);
}

export function hostIsExcluded(host: usize, size: usize): bool {
  return find(hashBytes(hashStart, host, size), size, true) != 0;
}
