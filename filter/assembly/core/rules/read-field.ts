// Fetches a field when a rule first reads it, and keeps it until the next request.
import { foundHeader, foundHeaderSize, getHeader, Presence } from "../../abi/headers";
import { propertyPresence } from "../../abi/property";
import { resultData, resultSize } from "../../abi/result";
import { peerUri } from "../peer-identity";
import { readClaim } from "./claim";
import { host, parameter, path, principal, rpcMethod, rpcService, spiffeNamespace } from "./extract-part";
import { Field, Source } from "./field";
import { headOf } from "./value";

/** The number of the request that is being classified. */
export let currentRequest: u64 = 0;

/** Marks the contents of all fields as those of the previous request. */
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
