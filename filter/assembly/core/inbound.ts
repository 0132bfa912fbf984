// EXTRACT: gives a request on its way into the application its level, and remembers it under each of the request's ids, together with the
// time until when its caller waits.

import { unlimited } from "./caller-timeout";
import { Configuration, noLevel } from "./configuration";
import { readCorrelator } from "./correlators";
import { readDeadline } from "./deadlines";
import { isWritten } from "./default-level";
import { isDemotionRecent, recordDemotion } from "./demotions";
import { Id, idSize } from "./id";
import { addLevel } from "./levels";
import { classify } from "./rules/rules";
import { slotTime, storeCause } from "./slots";
import { writeMember } from "./tracestate";
import { believedLevel, believedLevelIsInHeader, removeDisbelieved } from "./trust";

/** At most this many writes per request: a request id and two trace ids that disagree. */
const maxIds: i32 = 3;
const ids: usize = memory.data(maxIds * <i32>idSize, 8);

function idAt(index: i32): Id {
  return changetype<Id>(ids + <usize>index * idSize);
}

function isRepeated(index: i32): bool {
  for (let i = 0; i < index; i++) if (idAt(i).absorbs(idAt(index))) return true;
  return false;
}

function remember(configuration: Configuration, level: i32, deadline: u64): void {
  if (level != configuration.defaultLevel || deadline != unlimited) recordDemotion();
  else if (!isDemotionRecent) return;
  let found = 0;
  for (let i = 0; i < configuration.correlatorCount && found < maxIds; i++)
    if (readCorrelator(configuration.correlator(i), idAt(found)) && !isRepeated(found)) found++;
  const time = slotTime();
  for (let i = 0; i < found; i++) storeCause(configuration, idAt(i), level, deadline, time);
}

/** @returns the request's level */
export function extract(configuration: Configuration): i32 {
  let level = believedLevel(configuration);
  removeDisbelieved(configuration);
  if (!believedLevelIsInHeader) {
    if (level == noLevel) level = classify(configuration);
    if (level == noLevel) level = configuration.defaultLevel;
    else if (isWritten(configuration, level)) addLevel(configuration, level);
  }
  remember(configuration, level, readDeadline(configuration));
  writeMember(configuration, level);
  return level;
}
