// INJECT: gives a call on its way out of the application the level of the request that caused it. The application asks for a level by the
// level header, or if that is absent by one of the configured level sources.
//
//   caused by a request of level L     asks for nothing       -> L, without a header if it is the default level and not written
//                                      L or lower             -> that
//                                      higher or no level     -> L
//   cause unknown                      nothing                -> no header: it is a request of the default level
//                                      default or lower       -> that
//                                      higher                 -> default
//                                      no level               -> no header
import { foundHeader, foundHeaderSize, getHeader, Presence } from "../abi/headers";
import { unlimited } from "./caller-timeout";
import { Configuration, noLevel } from "./configuration";
import { foundRequestIdIsTooLong, readCorrelator } from "./correlators";
import { count } from "./counters";
import { prepareTimeout, writeTimeout } from "./deadlines";
import { isWritten } from "./default-level";
import { isDemotionRecent, recordDemotion } from "./demotions";
import { Id, idSize } from "./id";
import { chooseCluster } from "./level-cluster";
import { levelOfSources } from "./level-sources";
import { addLevel, keepLevel, levelNamed, overwriteLevel, removeLevel } from "./levels";
import { findCause, foundDeadline, foundLevelIsAmbiguous } from "./slots";
import { writeMember } from "./tracestate";

const id: usize = memory.data(<i32>idSize, 8);

/** The level of the request that caused this call, or noLevel. */
function join(configuration: Configuration): i32 {
  if (!isDemotionRecent) return noLevel;
  for (let i = 0; i < configuration.correlatorCount; i++) {
    const correlator = configuration.correlator(i);
    if (!readCorrelator(correlator, changetype<Id>(id))) continue;
    const level = findCause(configuration, changetype<Id>(id));
    if (level == noLevel) continue;
    count(load<u32>(configuration.joinsFound + ((<usize>correlator) << 2)));
    if (foundLevelIsAmbiguous) count(configuration.joinsAmbiguous);
    if (level != configuration.defaultLevel || foundDeadline != unlimited) recordDemotion();
    return level;
  }
  count(configuration.joinsMissed);
  if (foundRequestIdIsTooLong) count(configuration.joinsTooLong);
  return noLevel;
}

/** Writes the call's level header. */
function write(configuration: Configuration, level: i32, asked: i32, inherited: i32, isAbsent: bool): void {
  if (isAbsent) {
    if (level != configuration.defaultLevel || (inherited != noLevel && configuration.writesDefault))
      addLevel(configuration, level);
  } else if (asked == level) keepLevel(configuration, level);
  else if (inherited == noLevel && asked == noLevel) {
    removeLevel(configuration);
    count(configuration.stripped);
  } else {
    if (isWritten(configuration, level)) overwriteLevel(configuration, level);
    else removeLevel(configuration);
    count(configuration.overwritten);
  }
}

/** @returns the call's level */
export function inject(configuration: Configuration): i32 {
  const presence = getHeader(configuration.header, configuration.headerSize);
  const isAbsent = presence == Presence.Absent;
  let asked = presence == Presence.Present ? levelNamed(configuration, foundHeader, foundHeaderSize) : noLevel;
  if (isAbsent) asked = levelOfSources(configuration);
  const inherited = join(configuration);
  const highest = inherited == noLevel ? configuration.defaultLevel : inherited;
  const level = asked >= highest ? asked : highest;
  if (inherited != noLevel && asked > inherited) count(configuration.lowered);
  if (inherited != noLevel) prepareTimeout(configuration, foundDeadline);
  chooseCluster(configuration, level);
  write(configuration, level, asked, inherited, isAbsent);
  if (inherited != noLevel) writeTimeout(configuration, foundDeadline);
  writeMember(configuration, level);
  return level;
}
