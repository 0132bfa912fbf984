// INJECT: a call on its way out of the application enters, and leaves with the level of the request that caused it.
//
//   caused by a request of level L     own header absent      -> L
//                                      L or lower             -> kept
//                                      higher or no level     -> L
//   cause unknown                      absent                 -> none: it is a request of the default level
//                                      default or lower       -> kept
//                                      higher                 -> default
//                                      no level               -> removed
import { getHeader, HeaderMap, headerSize, headerValue, Presence, removeHeader } from "../abi/headers";
import { readCorrelator } from "./correlators";
import { count } from "./counters";
import { Id } from "./id";
import { addLevel, keepLevel, levelNamed, overwriteLevel } from "./levels";
import { noLevel, Root } from "./root";
import { findLevel, foundAmbiguous } from "./slots";

const id: usize = memory.data(64, 8);

/** The level of the request that caused this call, or noLevel. */
function join(root: Root): i32 {
  for (let i = 0; i < root.correlatorCount; i++) {
    const correlator = (root.correlators >> (i << 3)) & 0xff;
    if (!readCorrelator(correlator, changetype<Id>(id))) continue;
    const level = findLevel(root, changetype<Id>(id));
    if (level == noLevel) continue;
    count(load<u32>(root.joinsFound + (<usize>correlator << 2)));
    if (foundAmbiguous) count(root.joinsAmbiguous);
    return level;
  }
  count(root.joinsMissed);
  return noLevel;
}

/** @returns the call's level */
export function inject(root: Root): i32 {
  const presence = getHeader(HeaderMap.Request, root.header, root.headerSize);
  const asked = presence == Presence.Present ? levelNamed(root, headerValue, headerSize) : noLevel;
  const inherited = join(root);
  if (presence == Presence.Absent) {
    if (inherited == noLevel) return root.defaultLevel;
    addLevel(root, HeaderMap.Request, inherited);
    return inherited;
  }
  if (inherited == noLevel && asked == noLevel) {
    removeHeader(HeaderMap.Request, root.header, root.headerSize);
    count(root.stripped);
    return root.defaultLevel;
  }
  const highest = inherited == noLevel ? root.defaultLevel : inherited;
  if (asked == noLevel || asked < highest) {
    overwriteLevel(root, HeaderMap.Request, highest);
    count(root.overwritten);
    return highest;
  }
  if (inherited != noLevel && asked > inherited) count(root.lowered);
  keepLevel(root, asked);
  return asked;
}
