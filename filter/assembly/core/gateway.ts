// CLASSIFY: gives a request from outside its level, whatever header it had.

import { headersAreComplete } from "../abi/headers";
import { Configuration, noLevel } from "./configuration";
import { removeUntrustedTimeout } from "./deadlines";
import { isWritten } from "./default-level";
import { chooseCluster } from "./level-cluster";
import { addLevel, keepLevel } from "./levels";
import { classify } from "./rules/rules";
import { writeMember } from "./tracestate";
import { believedLevel, believedLevelIsInHeader, removeDisbelieved } from "./trust";

/** @returns the request's level */
export function classifyAtGateway(configuration: Configuration): i32 {
  let level = believedLevel(configuration);
  // Otherwise rules don't see it anyway, and the route stays as chosen.
  if (!headersAreComplete()) removeDisbelieved(configuration);
  removeUntrustedTimeout(configuration);
  if (level == noLevel) level = classify(configuration);
  if (level == noLevel) level = configuration.defaultLevel;
  chooseCluster(configuration, level);
  if (believedLevelIsInHeader) keepLevel(configuration, level);
  else {
    removeDisbelieved(configuration);
    if (isWritten(configuration, level)) addLevel(configuration, level);
  }
  writeMember(configuration, level);
  return level;
}
