// Extracts the part of a value that rules ask for: the host without its port, the path without its query, a query parameter, a gRPC service
// or method, a SPIFFE id without its scheme, and the namespace in it.
import { isAsciiAt } from "../../abi/ascii";
import { indexOfByte, lowerCase, sameBytes } from "../../abi/bytes";
import { Presence } from "../../abi/headers";
import { spiffeScheme } from "../peer-identity";
import { Field } from "./field";

const slash: u8 = 0x2f;
const namespacePart: string = "/ns/";

function set(field: Field, at: usize, size: usize): void {
  field.presence = Presence.Present;
  field.value = at;
  field.size = size;
}

const dot: u8 = 0x2e;

/** A host with a trailing dot, as DNS writes a complete name, equals the one without. */
export function withoutDot(at: usize, size: usize): usize {
  return size > 1 && load<u8>(at + size - 1) == dot ? size - 1 : size;
}

/** The colons of an IPv6 address are in brackets. The bytes may be changed, because no other field reads them. */
export function host(field: Field): void {
  const at = field.value;
  let i = field.size;
  while (i > 0 && load<u8>(at + i - 1) >= 0x30 && load<u8>(at + i - 1) <= 0x39) i--;
  if (i > 0 && load<u8>(at + i - 1) == 0x3a) field.size = i - 1;
  field.size = withoutDot(at, field.size);
  for (i = 0; i < field.size; i++) store<u8>(at + i, lowerCase(load<u8>(at + i)));
}

export function path(field: Field): void {
  const size = indexOfByte(field.value, field.size, 0x3f);
  field.rest = field.size - size;
  field.size = size;
}

/** The first parameter with that name; without an equals sign its value is empty. */
export function parameter(field: Field, path: Field): void {
  field.presence = Presence.Absent;
  let at = path.value + path.size + 1;
  const end = path.value + path.size + path.rest;
  for (; at < end; at++) {
    const size = indexOfByte(at, end - at, 0x26);
    const nameSize = indexOfByte(at, size, 0x3d);
    if (nameSize == field.nameSize && sameBytes(at, field.name, nameSize))
      return set(field, min(at + nameSize + 1, at + size), nameSize == size ? 0 : size - nameSize - 1);
    at += size;
  }
}

/** The bytes before the second slash of /service/method, or 0 if the path does not have that form. */
function serviceSize(path: Field): usize {
  const size = path.size;
  if (size == 0 || load<u8>(path.value) != slash) return 0;
  const end: usize = 1 + indexOfByte(path.value + 1, size - 1, slash);
  const method = end + 1;
  if (end == 1 || method >= size) return 0;
  return indexOfByte(path.value + method, size - method, slash) == size - method ? end : 0;
}

export function rpcService(field: Field, path: Field): void {
  const end = serviceSize(path);
  if (end == 0) field.presence = Presence.Absent;
  else set(field, path.value + 1, end - 1);
}

export function rpcMethod(field: Field, path: Field): void {
  const end = serviceSize(path);
  if (end == 0) field.presence = Presence.Absent;
  else set(field, path.value + end + 1, path.size - end - 1);
}

export function principal(field: Field): void {
  if (field.size < spiffeScheme.size || !sameBytes(field.value, spiffeScheme.at, spiffeScheme.size))
    field.presence = Presence.Absent;
  else set(field, field.value + spiffeScheme.size, field.size - spiffeScheme.size);
}

/** trustdomain/ns/NAMESPACE/sa/… */
export function spiffeNamespace(field: Field, principal: Field): void {
  field.presence = Presence.Absent;
  const domain = indexOfByte(principal.value, principal.size, slash);
  const at = principal.value + domain + namespacePart.length;
  const end = principal.value + principal.size;
  if (at >= end || !isAsciiAt(principal.value + domain, namespacePart)) return;
  set(field, at, indexOfByte(at, end - at, slash));
}
