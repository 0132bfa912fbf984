// INJECT: a call on its way out of the application enters, and leaves with the level of the request that caused it.
// What the application asks for is its level header, or where that is absent one of the configured carriers.
//
//   caused by a request of level L     asks for nothing       -> L
//                                      L or lower             -> that
//                                      higher or no level     -> L
//   cause unknown                      nothing                -> no header: it is a request of the default level
//                                      default or lower       -> that
//                                      higher                 -> default
//                                      no level               -> no header
import { getHeader, headerSize, headerValue, Presence } from "../abi/headers";
import { carriedLevel } from "./carriers";
import { readCorrelator, requestIdIsTooLong } from "./correlators";
import { count } from "./counters";
import { Id } from "./id";
import { addLevel, keepLevel, levelNamed, overwriteLevel, removeLevel } from "./levels";
import { noLevel, Root } from "./root";
import { findLevel, foundAmbiguous } from "./slots";
import { chooseCluster } from "./level-cluster";
import { writeMember } from "./tracestate";

const id: usize = memory.data(64, 8);

/** The level of the request that caused this call, or noLevel. */
function join(root: Root): i32 {
  for (let i = 0; i < root.correlatorCount; i++) {
    const correlator = <u32>(root.correlators >> (i << 3)) & 0xff;
    if (!readCorrelator(correlator, changetype<Id>(id))) continue;
    const level = findLevel(root, changetype<Id>(id));
    if (level == noLevel) continue;
    count(load<u32>(root.joinsFound + (<usize>correlator << 2)));
    if (foundAmbiguous) count(root.joinsAmbiguous);
    return level;
  }
  count(root.joinsMissed);
  if (requestIdIsTooLong) count(root.joinsTooLong);
  return noLevel;
}

/** What becomes of the call's level header. */
function write(root: Root, level: i32, asked: i32, inherited: i32, isAbsent: bool): void {
  if (isAbsent) {
    if (inherited != noLevel || level != root.defaultLevel) addLevel(root, level);
  } else if (asked == level) keepLevel(root, level);
  else if (inherited == noLevel && asked == noLevel) {
    removeLevel(root);
    count(root.stripped);
  } else {
    overwriteLevel(root, level);
    count(root.overwritten);
  }
}

/** @returns the call's level */
export function inject(root: Root): i32 {
  const presence = getHeader(root.header, root.headerSize);
  const isAbsent = presence == Presence.Absent;
  let asked = presence == Presence.Present ? levelNamed(root, headerValue, headerSize) : noLevel;
  if (isAbsent) asked = carriedLevel(root);
  const inherited = join(root);
  const highest = inherited == noLevel ? root.defaultLevel : inherited;
  const level = asked >= highest ? asked : highest;
  if (inherited != noLevel && asked > inherited) count(root.lowered);
  chooseCluster(root, level);
  write(root, level, asked, inherited, isAbsent);
  writeMember(root, level);
  return level;
}
