// A plugin configuration enters; what requests can use leaves, or one log line of refusal.
import { emptyArena } from "../abi/arena";
import { tickEvery } from "../abi/clock";
import { Role, Root, root, setRoot } from "../core/root";
import { createSets, setSlotTime } from "../core/slots";
import { defineCounters } from "./counters";
import { readPlugin } from "./plugin";
import { beginReading, refuse, refuseNumber } from "./refusal";
import { openStore, take } from "./store";
import { fetchText, textHash } from "./text";

/** Bytes; the same as maxConfigBytes of filter/config/schema.ts. */
const maxText: usize = 262144;

/** Milliseconds between two flushes of the counters. */
const flushPeriod: u32 = 1000;

/** Of the accepted text. */
let hash: u64 = 0;

function start(configured: Root): void {
  emptyArena();
  defineCounters(configured, textHash);
  if (configured.role != Role.Gateway) createSets(configured.slotSets);
  setSlotTime();
  setRoot(configured);
  hash = textHash;
}

/** A VM's first configuration. */
function accept(size: usize): bool {
  const text = openStore(size);
  if (text == 0) refuse("finds no memory");
  else if (!fetchText(text, size)) refuse("can't be had from the host");
  else {
    const configured = changetype<Root>(take(offsetof<Root>()));
    if (!readPlugin(configured, text, size)) return false;
    start(configured);
    return true;
  }
  return false;
}

/** Envoy has one VM for all plugins of equal vm_config, and each of them is configured. */
function isSame(size: usize): bool {
  if (fetchText(0, size) && textHash == hash) return true;
  refuse("is not the one that this VM has; each needs a vm_config.configuration of its own");
  return false;
}

/** `size` is that of the configuration. False after a refusal, which changes nothing. */
export function configure(size: usize): bool {
  beginReading();
  if (size == 0) refuse("is missing");
  else if (size > maxText) refuseNumber("is too long; the most bytes allowed are ", <u32>maxText);
  else if (root == null ? accept(size) : isSame(size)) {
    tickEvery(flushPeriod);
    return true;
  }
  return false;
}
