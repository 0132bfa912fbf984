// Reads claims as Envoy's jwt_authn filter writes them into dynamic metadata and as Envoy serializes them for Wasm
// (source/extensions/common/wasm/context.cc, serializeValue): a string as its bytes, a number as a double, a boolean as a byte, a list as
// pairs of an item and nothing:
//   count u32 | count times: size u32, size of the second u32 | count times: bytes, 0, bytes of the second, 0
// An object also consists of pairs, and nothing in it is compared. Only a text with U+0000 in it could be mistaken for one of the others,
// and an object whose values are all empty for the list of its names.
import { constant } from "../../abi/ascii";
import { Presence } from "../../abi/headers";
import { propertyPresence } from "../../abi/property";
import { resultData, resultSize } from "../../abi/result";
import { Field } from "./field";
import { Value, valueHolds } from "./value";

/** Where Istio puts claims: payload_in_metadata of pilot/pkg/xds/filters. */
const prefix = constant("metadata\0filter_metadata\0envoy.filters.http.jwt_authn\0payload\0");

/** Bytes of a claim's path: four names of at most 128 characters each, in UTF-8, with their separators. */
const maxPath: usize = 4 * (4 * 128 + 1);
const maxPrefix: usize = 64;
if (prefix.size > maxPrefix) unreachable(); // runs in _initialize, so that such a module fails the first test
const path: usize = memory.data(<i32>(maxPrefix + maxPath), 8);

const countSize: usize = 4;
const entrySize: usize = 8;

/** The number of items if the bytes are a list, 0 for an object, -1 if they are neither because the sizes don't add up. */
function itemsOf(at: usize, size: usize): i32 {
  if (size < countSize) return -1;
  const count: u64 = load<u32>(at);
  if (countSize + count * entrySize > size) return -1;
  let rest: u64 = size - countSize - count * entrySize;
  let isObject = false;
  for (let i: u64 = 0; i < count; i++) {
    const entry = at + countSize + <usize>i * entrySize;
    const second: u64 = load<u32>(entry, 4);
    const taken = load<u32>(entry) + second + 2;
    if (taken > rest) return -1;
    if (second != 0) isObject = true;
    rest -= taken;
  }
  return rest != 0 ? -1 : isObject ? 0 : <i32>count;
}

/** For a field that has items. A list or object within the list does not match either. */
export function anyItem(value: Value, field: Field): bool {
  let entry = field.value + countSize;
  let item = entry + <usize>load<u32>(field.value) * entrySize;
  for (let i = 0; i < field.items; i++, entry += entrySize) {
    const size = load<u32>(entry);
    if (itemsOf(item, size) < 0 && valueHolds(value, item, size)) return true;
    item += size + 2;
  }
  return false;
}

/** One host call. */
export function readClaim(field: Field): void {
  memory.copy(path, prefix.at, prefix.size);
  memory.copy(path + prefix.size, field.name, field.nameSize);
  field.presence = propertyPresence(path, prefix.size + field.nameSize);
  if (field.presence != Presence.Present) return;
  field.value = resultData();
  field.size = resultSize();
  field.items = itemsOf(field.value, field.size);
}
