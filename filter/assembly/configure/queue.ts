// Reads `queue` into QueueSettings, and defines its metrics.
import { MetricType } from "../abi/metric";
import { Configuration, Role } from "../core/configuration";
import { counter, gauge, metric } from "../core/counters";
import { levelAt } from "../core/levels";
import { allShares, LevelQueue, PathPrefix, QueueSettings } from "../core/queue/settings";
import { readChoice, readFields, readItems, readNumber } from "./json";
import { parsedStringSize } from "./json-string";
import { maxLevels } from "./ladder";
import { enterField, leavePath, refuse, refused, refuseNumber } from "./refusal";
import { keepString, take } from "./store";
import { readPathText } from "./strings";

/** The limits of filter/config/queue.ts. */
const maxLimit: u32 = 1000;
const maxQueued: u32 = 1024;
const maxWait: u32 = 3_600_000;
const maxPaths: u32 = 32;

const millisecond: u64 = 1_000_000;

let settings: QueueSettings | null = null;
/** How many levels `queue` has. */
let count: i32 = 0;

function current(): QueueSettings {
  return settings!;
}

function readNumberFrom(least: u32, most: u32): u32 {
  const value = readNumber();
  if (refused) return 0;
  if (value < least) refuseNumber("is too small; the least allowed is ", least);
  else if (value > most) refuseNumber("is too large; the most allowed is ", most);
  return value;
}

function readLevelField(key: i32): void {
  const level = current().level(count);
  if (key == 0) level.maxWait = <u64>readNumberFrom(1, maxWait) * millisecond;
  else if (key == 1) level.rejects = readChoice("Forward Reject") == 1;
  else level.share = readNumberFrom(0, allShares);
}

function readLevel(): void {
  readFields("maxWait onTimeout share", 7, readLevelField);
  count++;
}

function readPath(): void {
  if (!readPathText()) return;
  const at = take(offsetof<PathPrefix>());
  if (at == 0) return;
  const path = changetype<PathPrefix>(at);
  path.text = keepString();
  path.size = parsedStringSize;
  path.next = current().exempt;
  current().exempt = at;
}

function readQueueField(key: i32): void {
  switch (key) {
    case 0:
      current().limit = readNumberFrom(1, maxLimit);
      return;
    case 1:
      current().maxQueued = readNumberFrom(1, maxQueued);
      return;
    case 2:
      return readItems(<u32>maxLevels, readLevel);
    case 4:
      current().minLimit = readNumberFrom(1, maxLimit);
      return;
    default:
      readItems(maxPaths, readPath);
  }
}

export function forgetQueue(): void {
  settings = null;
}

export function readQueue(): void {
  const at = take(offsetof<QueueSettings>());
  const levels = take(<usize>(maxLevels + 1) * offsetof<LevelQueue>());
  if (at == 0 || levels == 0) return;
  const queue = changetype<QueueSettings>(at);
  queue.levels = levels;
  settings = queue;
  count = 0;
  readFields("limit maxQueued levels exemptPaths minLimit", 7, readQueueField);
}

/** To be called once everything is read: `levels` may come later. */
export function checkQueue(configuration: Configuration): void {
  if (settings == null) return;
  leavePath(0);
  enterField("queue", 0);
  if (configuration.role != Role.Inbound) return refuse("is for the role inbound only");
  if (current().minLimit > current().limit) {
    enterField("minLimit", 0);
    return refuse("must not be above limit");
  }
  if (count == configuration.levelCount) return;
  enterField("levels", 0);
  refuse("must have an item for each of levels");
}

/** The settings that were read, with their metrics; null if there are none, or in mode Observe, in which nobody waits. */
export function definedQueue(configuration: Configuration): QueueSettings | null {
  const queue = settings;
  if (queue == null || configuration.observes) return null;
  const role = configuration.role;
  queue.levelCount = configuration.levelCount;
  for (let i = 0; i < queue.levelCount; i++) {
    const level = queue.level(i);
    const name = levelAt(configuration, i).name;
    const size = levelAt(configuration, i).size;
    level.waits = metric(MetricType.Histogram, role, "queue.wait_ms.", name, size);
    level.forwarded = counter(role, "queue.forwarded.", name, size);
    level.rejected = counter(role, "queue.rejected.", name, size);
    level.length = gauge(role, "queue.length.", name, size);
  }
  queue.level(queue.levelCount).length = gauge(role, "queue.late", 0, 0);
  queue.reentrant = counter(role, "queue.reentrant", 0, 0);
  queue.inFlight = gauge(role, "queue.in_flight", 0, 0);
  if (queue.adapts) queue.limitGauge = metric(MetricType.Gauge, role, "queue.limit", 0, 0);
  return queue;
}
