// Finds levels by name, and writes the level header unless the configuration only observes. Level 0 is the highest.
import { sameBytes } from "../abi/bytes";
import {
  forgetHeader,
  getHeader,
  headersAreComplete,
  nextHeader,
  Presence,
  removeHeader,
  replaceHeader,
} from "../abi/headers";
import { Configuration, Level, noLevel } from "./configuration";

export function levelAt(configuration: Configuration, index: i32): Level {
  return changetype<Level>(configuration.levels + <usize>index * offsetof<Level>());
}

/** noLevel if no level has this name. */
export function levelNamed(configuration: Configuration, name: usize, size: usize): i32 {
  for (let i = 0; i < configuration.levelCount; i++) {
    const level = levelAt(configuration, i);
    if (level.size == size && sameBytes(level.name, name, size)) return i;
  }
  return noLevel;
}

/** To be called if the header is absent. */
export function addLevel(configuration: Configuration, index: i32): void {
  if (configuration.observes) return;
  const level = levelAt(configuration, index);
  replaceHeader(configuration.header, configuration.headerSize, level.name, level.size);
}

/** Rules no longer see the header either. */
export function removeLevel(configuration: Configuration): void {
  forgetHeader(configuration.header, configuration.headerSize);
  if (!configuration.observes) removeHeader(configuration.header, configuration.headerSize);
}

/**
 * Whatever the header contains. It is removed first, because replacing changes only the first value, and Envoy's routes match any of them.
 */
export function overwriteLevel(configuration: Configuration, index: i32): void {
  removeLevel(configuration);
  addLevel(configuration, index);
}

/**
 * Leaves this level, the header's first value, as its only value. If it already is, nothing is written, because a write makes Envoy choose
 * the route again.
 */
export function keepLevel(configuration: Configuration, index: i32): void {
  const isOnly =
    headersAreComplete() &&
    getHeader(configuration.header, configuration.headerSize) == Presence.Present &&
    !nextHeader(configuration.header, configuration.headerSize);
  if (!isOnly) overwriteLevel(configuration, index);
}
