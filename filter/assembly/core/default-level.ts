// Finds out for next to nothing that a request has the default level and that nothing is to be done: the ladder's default level is the
// absence of the header (docs/adr/0042-the-default-level-is-no-header.md).
import { isHeaderAbsent } from "../abi/headers";
import { ownTimeout } from "./caller-timeout";
import { Configuration, Deadlines, noLevel, Role } from "./configuration";
import { assumeDemotions, isDemotionRecent, lookForDemotions } from "./demotions";
import { levelAt } from "./levels";

/** Whether the header alone decides. Trust and correlators do not matter for a request without it. */
function absentIsDefault(configuration: Configuration): bool {
  if (configuration.writesDefault || configuration.levelSourceCount != 0 || configuration.memberKey != 0) return false;
  if (levelAt(configuration, configuration.defaultLevel).hasClusters) return false;
  if (configuration.role == Role.Outbound) return true;
  // Its deadline is stored, too.
  if (configuration.role == Role.Inbound && configuration.deadlines != Deadlines.Ignored) return false;
  const otherwise = configuration.classifyDefault;
  return configuration.rules == 0 && (otherwise == noLevel || otherwise == configuration.defaultLevel);
}

/** To be called once everything else of the configuration is read. */
export function prepareDefault(configuration: Configuration): void {
  configuration.absentIsDefault = absentIsDefault(configuration);
  // Mode Observe is there to count which calls can be joined, and demotes nothing.
  configuration.alwaysJoins =
    configuration.role == Role.Gateway || configuration.writesDefault || configuration.observes;
}

/** Whether the request's level header is to have this level as its value; otherwise it is to be absent. */
export function isWritten(configuration: Configuration, level: i32): bool {
  return level != configuration.defaultLevel || configuration.writesDefault;
}

/** To be called first for each request. Two host calls at most, three at a gateway that carries deadlines, which hand over no bytes if the header is absent. */
export function isUntouchedDefault(configuration: Configuration): bool {
  if (configuration.alwaysJoins) assumeDemotions();
  else lookForDemotions();
  if (!configuration.absentIsDefault) return false;
  // Otherwise inbound stores the default level, and outbound searches for the call's cause.
  if (isDemotionRecent && configuration.role != Role.Gateway) return false;
  if (!isHeaderAbsent(configuration.header, configuration.headerSize)) return false;
  if (configuration.role != Role.Gateway || configuration.deadlines == Deadlines.Ignored) return true;
  return isHeaderAbsent(ownTimeout.at, ownTimeout.size);
}
