// Reads a level from headers other than Expedite's own, as the configuration's readFrom says (filter/config/level-sources.ts).
import { sameBytes } from "../abi/bytes";
import { foundHeader, foundHeaderSize, getHeader, nextHeader, Presence } from "../abi/headers";
import { Configuration, noLevel } from "./configuration";
import { levelNamed } from "./levels";
import { baggageMemberHasKey, foundValue, foundValueSize, memberHasKey, nextMember } from "./list-header";

@unmanaged
export class LevelSource {
  header: usize;
  headerSize: usize;
  /** Key of a member of the header's list; 0 if the level is the header's whole value. */
  key: usize;
  keySize: usize;
  /** The list is that of baggage, otherwise that of tracestate. */
  isBaggage: bool;
  /** First SourceValue; 0 if the value is the name of a level. */
  values: usize;
}

@unmanaged
export class SourceValue {
  next: usize;
  value: usize;
  size: usize;
  level: i32;
}

function meaning(configuration: Configuration, source: LevelSource, value: usize, size: usize): i32 {
  if (source.values == 0) return levelNamed(configuration, value, size);
  for (let at = source.values; at != 0; at = changetype<SourceValue>(at).next) {
    const one = changetype<SourceValue>(at);
    if (one.size == size && sameBytes(one.value, value, size)) return one.level;
  }
  return noLevel;
}

/** Finds the member in one of the header's values; sets foundValue and foundValueSize to its value. */
function findMember(source: LevelSource): bool {
  const end = foundHeader + foundHeaderSize;
  for (let at = foundHeader; at < end; ) {
    at = nextMember(at, end);
    if (source.isBaggage ? baggageMemberHasKey(source.key, source.keySize) : memberHasKey(source.key, source.keySize))
      return true;
  }
  return false;
}

function levelIn(configuration: Configuration, source: LevelSource): i32 {
  if (getHeader(source.header, source.headerSize) != Presence.Present) return noLevel;
  if (source.key == 0) return meaning(configuration, source, foundHeader, foundHeaderSize);
  do {
    if (findMember(source)) return meaning(configuration, source, foundValue, foundValueSize);
  } while (nextHeader(source.header, source.headerSize));
  return noLevel;
}

/** The level from the first source that has one, or noLevel. */
export function levelOfSources(configuration: Configuration): i32 {
  for (let i = 0; i < configuration.levelSourceCount; i++) {
    const level = levelIn(
      configuration,
      changetype<LevelSource>(configuration.levelSources + <usize>i * offsetof<LevelSource>()),
    );
    if (level != noLevel) return level;
  }
  return noLevel;
}
