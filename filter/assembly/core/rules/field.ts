// What rules read of a request: a header, a part of one, or an attribute. Each is fetched when a rule first asks for it,
// and then stays as it is until the next request.
import { foundHeader, foundHeaderSize, getHeader, Presence } from "../../abi/headers";
import { propertyPresence } from "../../abi/property";
import { resultData, resultSize } from "../../abi/result";
import { peerUri } from "../peer-identity";
import { readClaim } from "./claim";
import { host, parameter, path, principal, rpcMethod, rpcService, spiffeNamespace } from "./extract-part";
import { headOf } from "./value";

/** In the order in which a rule asks: what rejects most for the least first, what costs a host call of its own late. */
export const enum Source {
  /** `:path` without the query. */
  Path = 0,
  /** `:method` */
  Method = 1,
  /** `:authority` without its port and the dot at its end, in lower case. */
  Host = 2,
  /** The query parameter `name`, of a Path. */
  Query = 3,
  /** Of a Path: /service/method. */
  RpcService = 4,
  RpcMethod = 5,
  /** The first value of the header `name`. */
  Header = 6,
  /** The first URI of the peer's certificate, without spiffe://. */
  Principal = 7,
  /** Of a Principal. */
  Namespace = 8,
  /** The claim `name`: its path, with zero bytes between the parts. */
  Claim = 9,
}

@unmanaged
export class Field {
  /** The first 8 bytes of the value; 0 without one. */
  head: u64;
  /** The request that head, presence and everything before `source` are for. */
  request: u64;
  presence: Presence;
  value: usize;
  size: usize;
  /** Of a Path: the bytes behind it, from the question mark on. */
  rest: usize;
  /** Of a Claim that is a list or an object, claim.ts; -1 of anything else. */
  items: i32;
  source: Source;
  name: usize;
  nameSize: usize;
  /** Address of the Field that this one is a part of, or 0. */
  base: usize;
  next: usize;
}

/** The number of the request that is being classified. */
export let currentRequest: u64 = 0;

/** What the fields hold is of the request before. */
export function beginRequest(): void {
  currentRequest++;
}

function fetchPart(field: Field, base: Field): void {
  field.presence = base.presence;
  if (base.presence != Presence.Present) return;
  if (field.source == Source.Query) parameter(field, base);
  else if (field.source == Source.RpcService) rpcService(field, base);
  else if (field.source == Source.RpcMethod) rpcMethod(field, base);
  else spiffeNamespace(field, base);
}

function fetchPrincipal(field: Field): void {
  field.presence = propertyPresence(peerUri.at, peerUri.size);
  if (field.presence != Presence.Present) return;
  field.value = resultData();
  field.size = resultSize();
  principal(field);
}

function fetchHeader(field: Field): void {
  field.presence = getHeader(field.name, field.nameSize);
  if (field.presence != Presence.Present) return;
  field.value = foundHeader;
  field.size = foundHeaderSize;
  if (field.source == Source.Path) path(field);
  else if (field.source == Source.Host) host(field);
}

/** At most one host call. */
function fetch(field: Field): void {
  field.items = -1;
  if (field.base != 0) fetchPart(field, read(changetype<Field>(field.base)));
  else if (field.source == Source.Claim) readClaim(field);
  else if (field.source == Source.Principal) fetchPrincipal(field);
  else fetchHeader(field);
  field.head = field.presence == Presence.Present ? headOf(field.value, field.size) : 0;
}

export function read(field: Field): Field {
  if (field.request != currentRequest) {
    field.request = currentRequest;
    fetch(field);
  }
  return field;
}
