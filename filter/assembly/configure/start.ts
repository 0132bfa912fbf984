// Begins a VM's work with its configuration: metrics, clock, and the queue if it has one.
import { emptyArena } from "../abi/arena";
import { Configuration, Role, useConfiguration } from "../core/configuration";
import { defineDemotions } from "../core/demotions";
import { startLimit } from "../core/queue/adaptive/shared-limit";
import { hasQueue } from "../core/queue/built-in";
import { numberTickets } from "../core/queue/places";
import { useQueue } from "../core/queue/settings";
import { startShare } from "../core/queue/worker-share";
import { setSlotTime } from "../core/slots";
import { startTicks } from "../core/ticks";
import { defineCounters } from "./counters";
import { definedQueue } from "./queue";
import { firstLineHash } from "./text";

function startQueue(configured: Configuration): void {
  const queue = definedQueue(configured);
  if (queue == null) return;
  numberTickets(firstLineHash);
  startShare(queue);
  startLimit();
  useQueue(queue);
}

/** Makes the first configuration of a VM the one that requests meet. */
export function start(configured: Configuration): void {
  emptyArena();
  defineCounters(configured, firstLineHash);
  setSlotTime();
  if (configured.role != Role.Gateway) defineDemotions();
  startTicks();
  if (hasQueue) startQueue(configured);
  useConfiguration(configured);
}
