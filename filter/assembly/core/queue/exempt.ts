// Tells which requests never wait: streams that last, and paths that the RequestQueue lists.
import { constant, isAscii, isAsciiAt } from "../../abi/ascii";
import { sameBytes } from "../../abi/bytes";
import { foundHeader, foundHeaderSize, getHeader, Presence } from "../../abi/headers";
import { PathPrefix, QueueSettings } from "./settings";

const upgrade = constant("upgrade");
const method = constant(":method");
const accept = constant("accept");
const path = constant(":path");

const eventStream: string = "text/event-stream";
/** A health check decides whether the pod lives, and asks for nothing that takes long. */
const healthOfGrpc: string = "/grpc.health.v1.Health/";

function startsWith(text: string): bool {
  return foundHeaderSize >= <usize>text.length && isAsciiAt(foundHeader, text);
}

function isListed(settings: QueueSettings): bool {
  if (getHeader(path.at, path.size) != Presence.Present) return false;
  if (startsWith(healthOfGrpc)) return true;
  for (let at = settings.exempt; at != 0; at = changetype<PathPrefix>(at).next) {
    const prefix = changetype<PathPrefix>(at);
    if (foundHeaderSize >= prefix.size && sameBytes(foundHeader, prefix.text, prefix.size)) return true;
  }
  return false;
}

/** No host call. */
export function isExempt(settings: QueueSettings): bool {
  if (getHeader(upgrade.at, upgrade.size) == Presence.Present) return true;
  if (getHeader(method.at, method.size) == Presence.Present && isAscii(foundHeader, foundHeaderSize, "CONNECT"))
    return true;
  if (getHeader(accept.at, accept.size) == Presence.Present && startsWith(eventStream)) return true;
  return isListed(settings);
}
