// Tells which requests never wait, by the paths that the RequestQueue lists, and which ask for streams that last.
import { constant, isAscii, isAsciiAt } from "../../abi/ascii";
import { indexOfByte, sameBytes } from "../../abi/bytes";
import { foundHeader, foundHeaderSize, getHeader, Presence } from "../../abi/headers";
import { PathPrefix, QueueSettings } from "./settings";

const upgrade = constant("upgrade");
const method = constant(":method");
const accept = constant("accept");
const path = constant(":path");

const eventStream: string = "text/event-stream";
/** A health check decides whether the pod lives, and asks for nothing that takes long. */
const healthOfGrpc: string = "/grpc.health.v1.Health/";

const questionMark: u8 = 0x3f;
const dot: u8 = 0x2e;
const backslash: u8 = 0x5c;
const percent: u8 = 0x25;

function startsWith(text: string): bool {
  return foundHeaderSize >= <usize>text.length && isAsciiAt(foundHeader, text);
}

/** Of two hexadecimal digits: a dot, a slash or a backslash. */
function isEscapedStep(at: usize): bool {
  const first = load<u8>(at);
  const second = load<u8>(at, 1) | 0x20;
  return first == 0x32 ? second == 0x65 || second == 0x66 : first == 0x35 && second == 0x63;
}

/** Whether the application may take the path for one with another beginning: /events/../export. */
function leadsElsewhere(at: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    if (byte == backslash) return true;
    if (byte == dot && i + 1 < size && load<u8>(at + i, 1) == dot) return true;
    if (byte == percent && i + 2 < size && isEscapedStep(at + i + 1)) return true;
  }
  return false;
}

function isListed(settings: QueueSettings): bool {
  if (getHeader(path.at, path.size) != Presence.Present) return false;
  let found = startsWith(healthOfGrpc);
  for (let at = settings.exempt; at != 0 && !found; at = changetype<PathPrefix>(at).next) {
    const prefix = changetype<PathPrefix>(at);
    found = foundHeaderSize >= prefix.size && sameBytes(foundHeader, prefix.text, prefix.size);
  }
  return found && !leadsElsewhere(foundHeader, indexOfByte(foundHeader, foundHeaderSize, questionMark));
}

/**
 * No host call. What else a client may write is no reason not to wait: only routes that are made for CONNECT take it, and the paths are the
 * application's.
 */
export function isExempt(settings: QueueSettings): bool {
  if (getHeader(method.at, method.size) == Presence.Present && isAscii(foundHeader, foundHeaderSize, "CONNECT"))
    return true;
  return isListed(settings);
}

/** Whether the answer is to be a stream without an end: once it begins, it needs no slot. No host call. */
export function asksForStream(): bool {
  if (getHeader(upgrade.at, upgrade.size) == Presence.Present) return true;
  return getHeader(accept.at, accept.size) == Presence.Present && startsWith(eventStream);
}
