// Reads the whole configuration, the first line of its text, into a Configuration; its counters are defined later.
import { copyAscii } from "../abi/ascii";
import { Configuration, Deadlines, noLevel, Trust, TrustDomain } from "../core/configuration";
import { correlatorNames } from "../core/correlators";
import { prepareDefault } from "../core/default-level";
import { hasQueue } from "../core/queue/built-in";
import {
  beginText,
  endText,
  nextField,
  nextItem,
  openArray,
  openObject,
  readBoolean,
  readChoice,
  readItems,
  readNumber,
  requireFields,
} from "./json";
import { parsedString, parsedStringSize } from "./json-string";
import { hashLadder, readLevels, resolveLevel } from "./ladder";
import { forgetLevelClusters, readLevelClusters, resolveLevelClusters, seesLevelClusters } from "./level-clusters";
import { readLevelSources, readWriteTo, resolveLevelSources } from "./level-sources";
import { checkQueue, forgetQueue, readQueue } from "./queue";
import { enterField, leavePath, pathSize, refuse, refused } from "./refusal";
import { readRules, resolveRules } from "./rules/rules";
import { keepString, take } from "./store";
import { readFilled, readHeaderName, readLevelName } from "./strings";

const names: string =
  "version role header levels defaultLevel correlateBy trust rules trustDomains classifyDefault slotSets mode readFrom writeTo writeDefault levelClusters clusterDomain queue deadlines";
/** The first seven fields. */
const required: u32 = 0x7f;

const maxDomain: u32 = 253;
/** The same as defaultSlotSets of filter/config/schema.ts. */
const defaultSlotSets: u32 = 16384;

/** The same as maxTrustDomains of filter/config/schema.ts. */
const maxTrustDomains: u32 = 256;

/** The last TrustDomain that was read. */
let trustDomains: usize = 0;
let defaultLevel: usize = 0;
let defaultLevelSize: usize = 0;
let classifyDefault: usize = 0;
let classifyDefaultSize: usize = 0;

function readVersion(): void {
  if (readNumber() != 1 && !refused) refuse("must be 1");
}

function readHeader(configuration: Configuration): void {
  if (!readHeaderName()) return;
  configuration.header = keepString();
  configuration.headerSize = parsedStringSize;
}

function readDefaultLevel(): void {
  if (!readLevelName()) return;
  defaultLevel = keepString();
  defaultLevelSize = parsedStringSize;
}

function readClassifyDefault(): void {
  if (!readLevelName()) return;
  classifyDefault = keepString();
  classifyDefaultSize = parsedStringSize;
}

function readCorrelators(configuration: Configuration): void {
  if (!openArray()) return;
  const mark = pathSize;
  let seen: u32 = 0;
  for (let i: u32 = 0; nextItem(i, mark); i++) {
    const correlator = readChoice(correlatorNames);
    if (refused) return;
    if (seen & (1 << correlator)) {
      leavePath(mark);
      return refuse("must not name a correlator twice");
    }
    seen |= 1 << correlator;
    configuration.correlators |= (<u64>correlator) << (i << 3);
    configuration.correlatorCount = i + 1;
  }
  if (!refused && seen == 0) refuse("must have a correlator");
}

function readTrustDomain(): void {
  if (!readFilled(maxDomain)) return;
  const at = take(offsetof<TrustDomain>());
  if (at == 0) return;
  const domain = changetype<TrustDomain>(at);
  domain.name = keepString();
  domain.size = parsedStringSize;
  domain.next = trustDomains;
  trustDomains = at;
}

function readTrustDomains(configuration: Configuration): void {
  trustDomains = 0;
  readItems(maxTrustDomains, readTrustDomain);
  configuration.trustDomains = trustDomains;
}

function readClusterDomain(configuration: Configuration): void {
  if (!readFilled(maxDomain)) return;
  const parent = ".svc.";
  const at = take(<usize>parent.length + parsedStringSize);
  if (at == 0) return;
  const start = copyAscii(at, parent);
  memory.copy(at + start, parsedString, parsedStringSize);
  configuration.serviceDomain = at;
  configuration.serviceDomainSize = start + parsedStringSize;
}

function readSlotSets(configuration: Configuration): void {
  configuration.slotSets = readNumber();
  if (refused) return;
  if (configuration.slotSets < 64 || configuration.slotSets > 65536 || popcnt(configuration.slotSets) != 1)
    refuse("must be a power of two from 64 to 65536");
}

function readKey(configuration: Configuration, key: i32): void {
  switch (key) {
    case 0:
      return readVersion();
    case 1:
      configuration.role = readChoice("inbound outbound gateway");
      return;
    case 2:
      return readHeader(configuration);
    case 3:
      return readLevels(configuration);
    case 4:
      return readDefaultLevel();
    case 5:
      return readCorrelators(configuration);
    case 6:
      configuration.trust = readChoice("Never Mesh Always");
      return;
    case 7:
      return readRules(configuration);
    case 8:
      return readTrustDomains(configuration);
    case 9:
      return readClassifyDefault();
    case 10:
      return readSlotSets(configuration);
    case 11:
      configuration.observes = readChoice("Observe Enforce") == 0;
      return;
    case 12:
      return readLevelSources(configuration);
    case 13:
      return readWriteTo(configuration);
    case 14:
      configuration.writesDefault = readBoolean();
      return;
    case 15:
      return readLevelClusters();
    case 16:
      return readClusterDomain(configuration);
    case 17:
      return hasQueue ? readQueue() : refuse("is for the module that has the request queue");
    default:
      configuration.deadlines = readChoice("Carry Enforce") + 1;
  }
}

function resolveField(configuration: Configuration, field: string, name: usize, size: usize): i32 {
  leavePath(0);
  enterField(field, 0);
  return resolveLevel(configuration, name, size);
}

/** Levels may come after the fields that name them, so names are looked up once everything is read. */
function resolveLevels(configuration: Configuration): void {
  configuration.defaultLevel = resolveField(configuration, "defaultLevel", defaultLevel, defaultLevelSize);
  if (refused) return;
  configuration.classifyDefault = noLevel;
  if (classifyDefault != 0)
    configuration.classifyDefault = resolveField(
      configuration,
      "classifyDefault",
      classifyDefault,
      classifyDefaultSize,
    );
  resolveLevelClusters(configuration);
  resolveRules(configuration);
  resolveLevelSources(configuration);
}

function refuseField(field: string, message: string): void {
  leavePath(0);
  enterField(field, 0);
  refuse(message);
}

/** Checks fields that other fields require. */
function checkDomains(configuration: Configuration): void {
  if (configuration.trust == Trust.Mesh && configuration.trustDomains == 0)
    refuseField("trustDomains", "is required where trust is Mesh");
  else if (seesLevelClusters() && configuration.serviceDomain == 0)
    refuseField("clusterDomain", "is required where levelClusters is given");
}

/** False after a refusal. `text` is overwritten, because strings are unescaped in place. */
export function readPlugin(configuration: Configuration, text: usize, size: usize): bool {
  classifyDefault = 0;
  forgetLevelClusters();
  if (hasQueue) forgetQueue();
  configuration.slotSets = defaultSlotSets;
  beginText(text, size);
  if (!openObject()) return false;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, 0); key >= 0; key = nextField(names, seen, 0)) {
    seen |= 1 << key;
    readKey(configuration, key);
  }
  endText();
  if (!requireFields(names, seen, required)) return false;
  checkDomains(configuration);
  if (hasQueue && !refused) checkQueue(configuration);
  if (!refused) resolveLevels(configuration);
  if (refused) return false;
  configuration.ladderHash = hashLadder(configuration);
  // Mode Observe writes no header and has no queue.
  if (configuration.observes) configuration.deadlines = Deadlines.Ignored;
  prepareDefault(configuration);
  return true;
}
