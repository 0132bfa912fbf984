// Handles a request by the role of the VM's configuration. Without a configuration the request passes unchanged.
import { readHeaders } from "../abi/headers";
import { continueStream } from "../abi/stream";
import { Configuration, configuration, Role } from "./configuration";
import { count } from "./counters";
import { isUntouchedDefault } from "./default-level";
import { classifyAtGateway } from "./gateway";
import { extract } from "./inbound";
import { levelAt } from "./levels";
import { inject } from "./outbound";
import { hasQueue } from "./queue/built-in";
import { asksForPlace, comeToPlace } from "./queue/places";
import { admit } from "./queue/queue";
import { queueSettings } from "./queue/settings";

/** `isRead`: the headers were read already. */
function levelOfRequest(configured: Configuration, isRead: bool): i32 {
  if (isUntouchedDefault(configured)) return configured.defaultLevel;
  if (!isRead) readHeaders();
  switch (configured.role) {
    case Role.Inbound:
      return extract(configured);
    case Role.Outbound:
      return inject(configured);
    default:
      return classifyAtGateway(configured);
  }
}

/** @returns what the host does with the request, a FilterHeadersStatus */
export function onRequest(context: u32): u32 {
  const configured = configuration;
  if (configured == null) return continueStream;
  const isQueueing = hasQueue && queueSettings != null;
  if (isQueueing) {
    readHeaders();
    if (asksForPlace()) return comeToPlace(context);
  }
  const level = levelOfRequest(configured, isQueueing);
  count(levelAt(configured, level).requests);
  return hasQueue ? admit(configured, context, level) : continueStream;
}
