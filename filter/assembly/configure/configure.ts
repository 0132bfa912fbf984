// Accepts a plugin configuration, or refuses it with one log line. A VM keeps the configuration on its first line for life; the route list
// on the second line may change (docs/adr/0010-one-configuration-per-vm.md).
import { tickEvery } from "../abi/clock";
import { Configuration, configuration } from "../core/configuration";
import { flushCounters } from "../core/counters";
import { hasQueue } from "../core/queue/built-in";
import { forgetBusyTicks } from "../core/queue/queue";
import { setSlotTime } from "../core/slots";
import { countTicks } from "../core/ticks";
import { readPlugin } from "./plugin";
import { beginReading, refuse, refused, refuseNumber } from "./refusal";
import { readRouteList, useEmptyRouteList, useRouteList } from "./route-list";
import { start } from "./start";
import { openStore, take } from "./store";
import { copyText, firstLineHash, firstLineSize, readFirstLine } from "./text";

/** In bytes; the same as maxConfigBytes of filter/config/schema.ts. */
const maxText: usize = 262144;

/** Milliseconds between two flushes of the counters. */
const flushPeriod: u32 = 1000;

/** The hash of the accepted first line. */
let hash: u64 = 0;

/** Reads the first line of a VM's first configuration; null after a refusal. */
function readConfiguration(): Configuration | null {
  const size = firstLineSize;
  if (size == 0) refuse("is missing");
  else if (size > maxText) refuseNumber("is too long; the most bytes allowed are ", <u32>maxText);
  if (refused) return null;
  const text = openStore(size);
  if (text == 0) refuse("needs more memory than the host gives");
  else if (!copyText(text, 0, size)) refuse("cannot be read from the host");
  if (refused) return null;
  const configured = changetype<Configuration>(take(offsetof<Configuration>()));
  return readPlugin(configured, text, size) ? configured : null;
}

/** Envoy has one VM for all plugins with equal vm_config, and configures each of them. */
function isSame(): bool {
  if (firstLineHash == hash) return true;
  refuse("differs from the one that this VM has; give each a vm_config.configuration of its own");
  return false;
}

/** Whether there is a second line; also false after a refusal. */
let hasList: bool = false;

/** Reads the second line. False after a refusal. */
function readList(size: usize): bool {
  hasList = size > firstLineSize;
  if (!hasList) return true;
  beginReading("route list");
  return readRouteList(firstLineSize + 1, size - firstLineSize - 1);
}

/** @param size the size of the configuration @returns false after a refusal, which changes nothing */
export function configure(size: usize): bool {
  beginReading("configuration");
  const current = configuration;
  if (!readFirstLine(size)) {
    refuse("cannot be read from the host");
    return false;
  }
  const configured = current == null ? readConfiguration() : isSame() ? current : null;
  if (configured == null || !readList(size)) return false;
  if (current == null) {
    start(configured);
    hash = firstLineHash;
  } else {
    setSlotTime();
    countTicks();
    flushCounters();
  }
  if (hasList) useRouteList();
  else useEmptyRouteList();
  tickEvery(flushPeriod);
  if (hasQueue) forgetBusyTicks();
  return true;
}
