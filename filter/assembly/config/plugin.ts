// The JSON of the whole configuration enters, a Root with everything but its counters leaves.
import { copyAscii } from "../abi/ascii";
import { correlatorNames } from "../core/correlators";
import { noLevel, Role, Root, Trust } from "../core/root";
import { readCarriers, readWriteTo, resolveCarriers } from "./carriers";
import { hashLadder, readLevels, resolveLevel } from "./ladder";
import {
  beginText,
  endText,
  nextField,
  nextItem,
  openArray,
  openObject,
  readBoolean,
  readChoice,
  readNumber,
  requireFields,
} from "./json";
import { stringAt, stringSize } from "./json-string";
import { enterField, leavePath, pathSize, refuse, refused } from "./refusal";
import { forgetLevelClusters, readLevelClusters, resolveLevelClusters, seesLevelClusters } from "./level-clusters";
import { readRules, resolveRules } from "./rules/rules";
import { keepString, take } from "./store";
import { readFilled, readHeaderName, readLevelName } from "./strings";

const names: string =
  "version role header levels defaultLevel correlateBy trust rules trustDomain classifyDefault slotSets mode readFrom writeTo storeDefault levelClusters clusterDomain";
/** The first seven. */
const required: u32 = 0x7f;

const maxDomain: u32 = 253;
/** The same as defaultSlotSets of filter/config/schema.ts. */
const defaultSlotSets: u32 = 16384;

let defaultLevel: usize = 0;
let defaultLevelSize: usize = 0;
let classifyDefault: usize = 0;
let classifyDefaultSize: usize = 0;

function readVersion(): void {
  if (readNumber() != 1 && !refused) refuse("must be 1");
}

function readHeader(root: Root): void {
  if (!readHeaderName()) return;
  root.header = keepString();
  root.headerSize = stringSize;
}

function readDefaultLevel(): void {
  if (!readLevelName()) return;
  defaultLevel = keepString();
  defaultLevelSize = stringSize;
}

function readClassifyDefault(): void {
  if (!readLevelName()) return;
  classifyDefault = keepString();
  classifyDefaultSize = stringSize;
}

function readCorrelators(root: Root): void {
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
    root.correlators |= <u64>correlator << (i << 3);
    root.correlatorCount = i + 1;
  }
  if (!refused && seen == 0) refuse("must have a correlator");
}

function readTrustDomain(root: Root): void {
  if (!readFilled(maxDomain)) return;
  const scheme = "spiffe://";
  const at = take(<usize>scheme.length + stringSize + 1);
  if (at == 0) return;
  const start = copyAscii(at, scheme);
  memory.copy(at + start, stringAt, stringSize);
  store<u8>(at + start + stringSize, 0x2f);
  root.spiffePrefix = at;
  root.spiffePrefixSize = start + stringSize + 1;
}

function readClusterDomain(root: Root): void {
  if (!readFilled(maxDomain)) return;
  const parent = ".svc.";
  const at = take(<usize>parent.length + stringSize);
  if (at == 0) return;
  const start = copyAscii(at, parent);
  memory.copy(at + start, stringAt, stringSize);
  root.serviceDomain = at;
  root.serviceDomainSize = start + stringSize;
}

function readSlotSets(root: Root): void {
  root.slotSets = readNumber();
  if (refused) return;
  if (root.slotSets < 64 || root.slotSets > 65536 || popcnt(root.slotSets) != 1)
    refuse("must be a power of two from 64 to 65536");
}

function readKey(root: Root, key: i32): void {
  switch (key) {
    case 0:
      return readVersion();
    case 1:
      root.role = readChoice("inbound outbound gateway");
      return;
    case 2:
      return readHeader(root);
    case 3:
      return readLevels(root);
    case 4:
      return readDefaultLevel();
    case 5:
      return readCorrelators(root);
    case 6:
      root.trust = readChoice("Never Mesh Always");
      return;
    case 7:
      return readRules(root);
    case 8:
      return readTrustDomain(root);
    case 9:
      return readClassifyDefault();
    case 10:
      return readSlotSets(root);
    case 11:
      root.observes = readChoice("Observe Enforce") == 0;
      return;
    case 12:
      return readCarriers(root);
    case 13:
      return readWriteTo(root);
    case 14:
      root.storesDefault = readBoolean();
      return;
    case 15:
      return readLevelClusters();
    default:
      readClusterDomain(root);
  }
}

function resolveField(root: Root, field: string, name: usize, size: usize): i32 {
  leavePath(0);
  enterField(field, 0);
  return resolveLevel(root, name, size);
}

/** Levels may come after what names them, so names are looked up when everything is read. */
function resolveLevels(root: Root): void {
  root.defaultLevel = resolveField(root, "defaultLevel", defaultLevel, defaultLevelSize);
  if (refused) return;
  root.classifyDefault = noLevel;
  if (classifyDefault != 0)
    root.classifyDefault = resolveField(root, "classifyDefault", classifyDefault, classifyDefaultSize);
  resolveLevelClusters(root);
  resolveRules(root);
  resolveCarriers(root);
}

function refuseField(field: string, message: string): void {
  leavePath(0);
  enterField(field, 0);
  refuse(message);
}

/** Fields that others require. */
function checkDomains(root: Root): void {
  if (root.trust == Trust.Mesh && root.spiffePrefix == 0) refuseField("trustDomain", "is required where trust is Mesh");
  else if (seesLevelClusters() && root.serviceDomain == 0)
    refuseField("clusterDomain", "is required where levelClusters is given");
}

/** False after a refusal. `text` is overwritten: strings are unescaped in place. */
export function readPlugin(root: Root, text: usize, size: usize): bool {
  classifyDefault = 0;
  forgetLevelClusters();
  root.slotSets = defaultSlotSets;
  root.storesDefault = true;
  beginText(text, size);
  if (!openObject()) return false;
  let seen: u32 = 0;
  for (let key = nextField(names, 0, 0); key >= 0; key = nextField(names, seen, 0)) {
    seen |= 1 << key;
    readKey(root, key);
  }
  endText();
  if (!requireFields(names, seen, required)) return false;
  checkDomains(root);
  if (!refused) resolveLevels(root);
  if (!refused) root.ladderHash = hashLadder(root);
  return !refused;
}
