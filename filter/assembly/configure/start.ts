// Begins a VM's work with its configuration: metrics, clock, and the queue if it has one.
import { emptyArena } from "../abi/arena";
import { Configuration, Role, useConfiguration } from "../core/configuration";
import { defineDemotions } from "../core/demotions";
import { startLimit } from "../core/queue/adaptive/shared-limit";
import { numberTickets } from "../core/queue/places";
import { useQueue } from "../core/queue/settings";
import { startShare } from "../core/queue/worker-share";
import { setSlotTime } from "../core/slots";
import { startTicks } from "../core/ticks";
import { defineCounters } from "./counters";
import { definedQueue } from "./queue";
import { firstLineHash } from "./text";

/** Makes the first configuration of a VM the one that requests meet. */
export function start(configured: Configuration): void {
  emptyArena();
  defineCounters(configured, firstLineHash);
  const queue = definedQueue(configured);
  setSlotTime();
  if (configured.role != Role.Gateway) defineDemotions();
  startTicks();
  if (queue != null) {
    numberTickets(firstLineHash);
    startShare(queue);
    startLimit();
    useQueue(queue);
  }
  useConfiguration(configured);
}
