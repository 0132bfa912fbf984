// The plugin configuration of a root context enters; a root that requests can use leaves, or one log line of refusal.
import { tickEvery } from "../abi/clock";
import { addRoot, Role, Root } from "../core/root";
import { createSets } from "../core/slots";
import { defineCounters } from "./counters";
import { readPlugin } from "./plugin";
import { beginReading, refuse, refuseNumber } from "./refusal";
import { discardStore, openStore, storeClass, take } from "./store";
import { fetchText, maxText, text } from "./text";

/** Milliseconds between two flushes of the counters. */
const flushPeriod: u32 = 1000;

/** False after a refusal. */
function fetch(size: usize): bool {
  if (size == 0) refuse("is missing");
  else if (size > maxText) refuseNumber("is too long; the most bytes allowed are ", <u32>maxText);
  else if (!fetchText(size)) refuse("can't be had from the host");
  else if (!openStore(size)) refuse("finds no memory");
  else return true;
  return false;
}

function start(root: Root, id: u32): void {
  root.id = id;
  root.sizeClass = storeClass();
  defineCounters(root);
  if (root.role != Role.Gateway) createSets(root.slotSets);
  addRoot(root);
  tickEvery(flushPeriod);
}

/** `size` is that of the configuration. False after a refusal, which changes nothing. */
export function configure(id: u32, size: usize): bool {
  beginReading();
  if (!fetch(size)) return false;
  const root = changetype<Root>(take(offsetof<Root>()));
  if (!readPlugin(root, text, size)) {
    discardStore();
    return false;
  }
  start(root, id);
  return true;
}
