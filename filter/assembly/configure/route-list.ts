// Reads a route list (filter/config/route-list.ts) into a table. A VM's first list allocates the memory for all tables; a later list is
// read into a table that no request uses yet.
import { hashBytes, hashStart } from "../abi/bytes";
import { maxLists, placeForList } from "../core/route-list";
import { Entry, excluded, maxEntries, maxVariants, Table, tableSize, variantNameSize } from "../core/route-table";
import { beginText, endText, readFields, readItems, readItemsOrNone } from "./json";
import { parsedString, parsedStringSize } from "./json-string";
import { leavePath, refuse, refused, refuseNumber } from "./refusal";
import { storeEnd } from "./store";
import { readFilled, readVariantName } from "./strings";
import { copyText } from "./text";

/** maxRouteListBytes of filter/config/route-list.ts. */
const maxText: usize = 262144;
const maxRoutes: u32 = 4096;
const maxHosts: u32 = 4096;
/** maxIdentityBytes. */
const maxIdentity: u32 = 512;
const maxHost: u32 = 253;

/** In this order, after the configuration's store: text, entries in the order of the text, tables. */
let text: usize = 0;
let entries: usize = 0;
let tables: usize = 0;
/** The table that is being filled. */
let spare: usize = 0;
/** How many tables have been used so far; unused ones come last. */
let tableCount: usize = 0;

/** Whether the memory is kept: a list that comes with a VM's first configuration may be refused together with it. */
let isKept: bool = false;

function takeMemory(): bool {
  if (isKept) return true;
  text = (storeEnd() + 7) & ~7;
  entries = text + maxText;
  tables = entries + maxEntries * offsetof<Entry>();
  spare = tables;
  tableCount = 1;
  const pages = <i32>((tables + <usize>(maxLists + 1) * tableSize + 0xffff) >> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}

/** Counts for the list that is being read. */
let entryCount: usize = 0;
let routeCount: u32 = 0;
let variantCount: u32 = 0;

/** Adds the string just read. */
function addEntry(kind: u32): void {
  const entry = changetype<Entry>(entries + entryCount++ * offsetof<Entry>());
  entry.hash = hashBytes(hashStart, parsedString, parsedStringSize);
  entry.size = <u32>parsedStringSize;
  entry.kind = kind;
}

function readRoute(): void {
  if (!readFilled(maxIdentity)) return;
  if (routeCount++ < maxRoutes) return addEntry(variantCount);
  leavePath("variants".length);
  refuseNumber("have too many routes; the most allowed are ", maxRoutes);
}

function readVariantField(key: i32): void {
  if (key == 1) readItems(u32.MAX_VALUE, readRoute);
  else if (readVariantName()) memory.copy(changetype<Table>(spare).name(variantCount), parsedString, variantNameSize);
}

function readVariant(): void {
  variantCount++;
  readFields("name routes", 3, readVariantField);
}

function readHost(): void {
  if (readFilled(maxHost)) addEntry(excluded);
}

function readListField(key: i32): void {
  if (key == 0) readItemsOrNone(<u32>maxVariants, readVariant);
  else readItemsOrNone(maxHosts, readHost);
}

/** Uses only as many places as the entries need, so that unused memory is never touched. */
function fillTable(table: Table): void {
  let places: u32 = 16;
  while (places < (<u32>entryCount) << 1) places <<= 1;
  table.mask = places - 1;
  memory.fill(changetype<usize>(table.place(0)), 0, <usize>places * offsetof<Entry>());
  for (let i: usize = 0; i < entryCount; i++) table.add(changetype<Entry>(entries + i * offsetof<Entry>()));
}

/** Reads the list, `size` bytes of the plugin configuration from `start`, while the one in use stays. False after a refusal. */
export function readRouteList(start: usize, size: usize): bool {
  if (size > maxText) refuseNumber("is too long; the most bytes allowed are ", <u32>maxText);
  else if (!takeMemory()) refuse("needs more memory than the host gives");
  else if (!copyText(text, start, size)) refuse("cannot be read from the host");
  if (refused) return false;
  entryCount = 0;
  routeCount = 0;
  variantCount = 0;
  beginText(text, size);
  readFields("variants excludedHosts", 3, readListField);
  endText();
  return !refused;
}

/** From now on, the list just read belongs to the plugin that is being configured. */
export function useRouteList(): void {
  isKept = true;
  fillTable(changetype<Table>(spare));
  const place = placeForList();
  const former = place.table;
  place.table = spare;
  place.isEmpty = 0;
  spare = former;
  if (spare != 0) return;
  spare = tables + tableCount * tableSize;
  tableCount++;
}

/** The table stays reserved for this plugin's next list. */
export function useEmptyRouteList(): void {
  placeForList().isEmpty = 1;
}
