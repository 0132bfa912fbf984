// Configurations that are refused for anything but their rules: schema and filter name the same path.
import { test } from "node:test";
import type { FilterConfig } from "../config/schema.ts";
import { assertRefused, type Refusal } from "./refusal.ts";
import { configOf } from "./sidecar.ts";

const good = configOf("gateway");
const domain = { clusterDomain: "cluster.local" };

const level = { maxWait: 1000, onTimeout: "Forward", share: 500 } as const;
const queue = { limit: 4, maxQueued: 100, levels: [level, level, level] };
const waiting = configOf("inbound");

const without = (key: keyof FilterConfig): unknown => {
  const { [key]: _, ...rest } = good;
  return rest;
};

/** Each of them breaks one rule. */
const bad: readonly Refusal[] = [
  ["text", "", "must be an object"],
  [[], "", "must be an object"],
  [null, "", "must be an object"],
  [{ ...good, foo: 1 }, "", '"foo" is not one of: version, role, header, levels,'],
  [without("version"), "version", "is required"],
  [without("role"), "role", "is required"],
  [without("header"), "header", "is required"],
  [without("levels"), "levels", "is required"],
  [without("defaultLevel"), "defaultLevel", "is required"],
  [without("correlateBy"), "correlateBy", "is required"],
  [without("trust"), "trust", "is required"],
  [{ ...good, version: 2 }, "version", "must be 1"],
  [{ ...good, mode: "Off" }, "mode", '"Off" is not one of: Observe, Enforce'],
  [{ ...good, ...domain, levelClusters: [] }, "levelClusters", "must have a level"],
  [{ ...good, ...domain, levelClusters: ["batch", "bulk"] }, "levelClusters[1]", '"bulk" is not one of levels: '],
  [{ ...good, ...domain, levelClusters: ["B"] }, "levelClusters[0]", '"B" is not a lower-case DNS label'],
  [{ ...good, ...domain, levelClusters: Array(9).fill("batch") }, "levelClusters", "has more than 8 levels"],
  [{ ...good, levelClusters: ["batch"] }, "clusterDomain", "is required where levelClusters is given"],
  [{ ...good, clusterDomain: "" }, "clusterDomain", "must not be empty"],
  [{ ...good, clusterDomain: "a".repeat(254) }, "clusterDomain", "is too long; the most characters allowed are 253"],
  [{ ...good, writeDefault: 1 }, "writeDefault", "must be true or false"],
  [{ ...good, writeTo: {} }, "writeTo.tracestate", "is required"],
  [{ ...good, writeTo: { tracestate: "A" } }, "writeTo.tracestate", '"A" is not a key of at most 64 lower-case'],
  [{ ...good, writeTo: { tracestate: "a", baggage: "a" } }, "writeTo", '"baggage" is not one of: tracestate'],
  [{ ...good, readFrom: [] }, "readFrom", "must have an item"],
  [{ ...good, readFrom: Array(5).fill({ header: "a" }) }, "readFrom", "has too many items; the most allowed are 4"],
  [{ ...good, readFrom: [{}] }, "readFrom[0]", "needs exactly one of: header, tracestate, baggage"],
  [{ ...good, readFrom: [{ header: "a", baggage: "b" }] }, "readFrom[0]", "needs exactly one of: header, tracestate"],
  [{ ...good, readFrom: [{ header: "A" }] }, "readFrom[0].header", '"A" is not a lower-case HTTP header name'],
  [{ ...good, readFrom: [{ baggage: "-" }] }, "readFrom[0].baggage", '"-" is not a key of at most 64'],
  [{ ...good, readFrom: [{ header: "a", values: [] }] }, "readFrom[0].values", "must have a value"],
  [
    { ...good, readFrom: [{ header: "a", values: [{ value: "", level: "batch" }] }] },
    "readFrom[0].values[0].value",
    "must not be empty",
  ],
  [{ ...good, readFrom: [{ header: "a", values: [{ value: "1" }] }] }, "readFrom[0].values[0].level", "is required"],
  [
    { ...good, readFrom: [{ header: "a", values: [{ value: "1", level: "bulk" }] }] },
    "readFrom[0].values[0].level",
    '"bulk" is not one of levels: ',
  ],
  [{ ...good, queue }, "queue", "is for the role inbound only"],
  [{ ...waiting, queue: { ...queue, levels: [level] } }, "queue.levels", "must have an item for each of levels"],
  [{ ...waiting, queue: { ...queue, levels: [] } }, "queue.levels", "must have an item"],
  [{ ...waiting, queue: { ...queue, limit: 0 } }, "queue.limit", "is too small; the least allowed is 1"],
  [{ ...waiting, queue: { ...queue, limit: 1001 } }, "queue.limit", "is too large; the most allowed is 1000"],
  [{ ...waiting, queue: { ...queue, minLimit: 0 } }, "queue.minLimit", "is too small; the least allowed is 1"],
  [{ ...waiting, queue: { ...queue, minLimit: 5 } }, "queue.minLimit", "must not be above limit"],
  [{ ...waiting, queue: { ...queue, maxQueued: 1025 } }, "queue.maxQueued", "is too large; the most allowed is 1024"],
  [{ ...waiting, queue: { limit: 1, maxQueued: 1 } }, "queue.levels", "is required"],
  [
    { ...waiting, queue: { ...queue, levels: [level, level, { ...level, onTimeout: "Drop" }] } },
    "queue.levels[2].onTimeout",
    '"Drop" is not one of: Forward, Reject',
  ],
  [
    { ...waiting, queue: { ...queue, levels: [{ ...level, share: 10_001 }, level, level] } },
    "queue.levels[0].share",
    "is too large; the most allowed is 10000",
  ],
  [{ ...waiting, queue: { ...queue, exemptPaths: ["events"] } }, "queue.exemptPaths[0]", '"events" is not a path of'],
  [{ ...good, version: "1" }, "version", "must be a whole number"],
  [{ ...good, version: 1.5 }, "version", "must be a whole number"],
  [{ ...good, version: -1 }, "version", "must be a whole number"],
  [{ ...good, version: 1e21 }, "version", "must be a whole number"],
  [{ ...good, role: "sidecar" }, "role", '"sidecar" is not one of: inbound, outbound, gateway'],
  [{ ...good, role: "in" }, "role", '"in" is not one of: inbound, outbound, gateway'],
  [{ ...good, role: 1 }, "role", "must be a string"],
  [{ ...good, role: null }, "role", "must be a string"],
  [{ ...good, header: "" }, "header", '"" is not a lower-case HTTP header name of at most 64 characters'],
  [{ ...good, header: "X-Priority" }, "header", '"X-Priority" is not a lower-case HTTP header name'],
  [{ ...good, header: ":path" }, "header", '":path" is not a lower-case HTTP header name'],
  [{ ...good, header: "a".repeat(65) }, "header", `"${"a".repeat(65)}" is not a lower-case HTTP header name`],
  [{ ...good, levels: [] }, "levels", "must have a level"],
  [{ ...good, levels: {} }, "levels", "must be an array"],
  [{ ...good, levels: "interactive" }, "levels", "must be an array"],
  [{ ...good, levels: ["interactive", 7] }, "levels[1]", "must be a string"],
  [
    { ...good, levels: ["interactive", "Batch"] },
    "levels[1]",
    '"Batch" is not a lower-case DNS label of at most 32 characters',
  ],
  [{ ...good, levels: ["interactive", ""] }, "levels[1]", '"" is not a lower-case DNS label'],
  [{ ...good, levels: ["interactive", "-a"] }, "levels[1]", '"-a" is not a lower-case DNS label'],
  [{ ...good, levels: ["interactive", "a-"] }, "levels[1]", '"a-" is not a lower-case DNS label'],
  [
    { ...good, levels: ["interactive", "a".repeat(33)] },
    "levels[1]",
    `"${"a".repeat(33)}" is not a lower-case DNS label`,
  ],
  [{ ...good, levels: ["interactive", "batch", "interactive"] }, "levels", "must not name a level twice"],
  [{ ...good, levels: ["interactive", ..."abcdefgh"] }, "levels", "has more than 8 levels"],
  [{ ...good, defaultLevel: "bulk" }, "defaultLevel", '"bulk" is not one of levels: interactive, standard, batch'],
  [{ ...good, defaultLevel: "Bulk" }, "defaultLevel", '"Bulk" is not a lower-case DNS label'],
  [
    { ...good, classifyDefault: "bulk" },
    "classifyDefault",
    '"bulk" is not one of levels: interactive, standard, batch',
  ],
  [{ ...good, classifyDefault: null }, "classifyDefault", "must be a string"],
  [{ ...good, correlateBy: [] }, "correlateBy", "must have a correlator"],
  [
    { ...good, correlateBy: ["x-trace"] },
    "correlateBy[0]",
    '"x-trace" is not one of: x-request-id, traceparent, b3, x-b3-traceid',
  ],
  [{ ...good, correlateBy: ["b3", "b3"] }, "correlateBy", "must not name a correlator twice"],
  [{ ...good, trust: "always" }, "trust", '"always" is not one of: Never, Mesh, Always'],
  [{ ...good, trust: "Mesh" }, "trustDomains", "is required where trust is Mesh"],
  [{ ...good, trustDomains: [] }, "trustDomains", "must have an item"],
  [{ ...good, trustDomains: "a" }, "trustDomains", "must be an array"],
  [{ ...good, trustDomains: [""] }, "trustDomains[0]", "must not be empty"],
  [{ ...good, trustDomains: ["a".repeat(254)] }, "trustDomains[0]", "is too long; the most characters allowed are 253"],
  [{ ...good, trustDomains: Array(257).fill("a") }, "trustDomains", "has too many items; the most allowed are 256"],
  [{ ...good, slotSets: 100 }, "slotSets", "must be a power of two from 64 to 65536"],
  [{ ...good, slotSets: 32 }, "slotSets", "must be a power of two from 64 to 65536"],
  [{ ...good, slotSets: 131072 }, "slotSets", "must be a power of two from 64 to 65536"],
  [{ ...good, slotSets: true }, "slotSets", "must be a whole number"],
];

for (const refusal of bad)
  test(`configuration: refused: ${refusal[1] || "the whole"}: ${refusal[2].slice(0, 80)}`, () =>
    assertRefused(refusal));
