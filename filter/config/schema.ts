// Defines the filter's plugin configuration, which the control plane renders and the filter parses at configure time. The filter checks the
// same rules itself (assembly/configure) and names the same JSON path when it refuses.
import { z } from "zod";
import { deadlines } from "./deadlines.ts";
import { levelSource, maxLevelSources, writeTo } from "./level-sources.ts";
import { match } from "./match.ts";
import { headerName, levelName } from "./names.ts";
import { queue } from "./queue.ts";

/** HTB has eight priorities (tc-htb(8)), so a ladder has at most eight levels. */
export const maxLevels = 8;
/** Bytes of a configuration as compact JSON in UTF-8; a thousand rules fit. */
export const maxConfigBytes = 262_144;

/** Limit for the trust domains of one mesh. */
export const maxTrustDomains = 256;

/** Sets of the slot table: at most 11 MB of a proxy's memory, which hold the latest 131 072 ids. */
export const defaultSlotSets = 16_384;

/** The correlators that join an outbound call to the inbound request that caused it, named after their headers. */
export const correlators = [
  "x-request-id",
  "traceparent",
  "b3",
  "x-b3-traceid",
  "x-datadog-trace-id",
  "x-cloud-trace-context",
  "grpc-trace-bin",
] as const;

/** A ladder's default: each further one costs a search of the request's headers. */
export const defaultCorrelators = ["x-request-id", "traceparent", "b3", "x-b3-traceid"] as const;

export const rule = z.strictObject({
  name: z.string().min(1).max(63),
  match,
  level: levelName,
});

export const filterConfig = z
  .strictObject({
    /** The version of the configuration's format. The filter accepts exactly one. */
    version: z.literal(1),
    /** inbound: extract. outbound: inject. gateway: strip and classify. */
    role: z.enum(["inbound", "outbound", "gateway"]),
    /** Observe: classify, join and count; no header is written, so no route changes. Absent: Enforce. */
    mode: z.enum(["Observe", "Enforce"]).optional(),
    /** The header that carries a level's name, usually x-request-priority. */
    header: headerName,
    /** Highest first. */
    levels: z.array(levelName).min(1).max(maxLevels),
    defaultLevel: levelName,
    correlateBy: z.array(z.enum(correlators)).min(1).max(correlators.length),
    /** Whose level header is trusted on inbound and gateway. Mesh needs trustDomains. */
    trust: z.enum(["Never", "Mesh", "Always"]),
    /** The mesh's SPIFFE trust domain, usually cluster.local, and its aliases: a peer with any of them belongs to the mesh. */
    trustDomains: z.array(z.string().min(1).max(253)).min(1).max(maxTrustDomains).optional(),
    /**
     * The first match wins; without a match, defaultLevel applies. Used on inbound (for a request that came without a level) and gateway.
     */
    rules: z.array(rule).max(1000).optional(),
    /** The policy's level if no rule matches; absent: the ladder's defaultLevel. */
    classifyDefault: levelName.optional(),
    /** Where a level is read if `header` names none, in this order and with the same `trust`. */
    readFrom: z.array(levelSource).min(1).max(maxLevelSources).optional(),
    /** Where the level is written in addition to `header`. */
    writeTo: writeTo.optional(),
    /**
     * true: requests of defaultLevel carry `header` too. It is needed where something inside the mesh would otherwise give such a request
     * another level: inbound rules, a classifyDefault, readFrom or writeTo anywhere in the mesh. Absent or false: the absence of `header`
     * is defaultLevel, and the filter does next to nothing for it. All proxies of a mesh must agree.
     */
    writeDefault: z.boolean().optional(),
    /**
     * Levels whose requests take clusters of their own if a shared route may replace theirs. Used on outbound and gateway; needs
     * clusterDomain.
     */
    levelClusters: z.array(levelName).min(1).max(maxLevels).optional(),
    /** The mesh's DNS domain, usually cluster.local: a Service's host ends in `.svc.` and this domain. */
    clusterDomain: z.string().min(1).max(253).optional(),
    /** Carry: needed where a queue is anywhere in the mesh. All proxies of a mesh must agree. */
    deadlines: deadlines.optional(),
    /** How many requests the application works on at once, and what becomes of the others. Used on inbound only. */
    queue: queue.optional(),
    /** Sets of the slot table (8 slots each), a power of two; absent: defaultSlotSets. All listeners of one proxy must agree. */
    slotSets: z.number().int().min(64).max(65536).optional(),
  })
  .superRefine((config, context) => {
    const unknown = (path: (string | number)[], value: string): void => {
      if (!config.levels.includes(value))
        context.addIssue({
          code: "custom",
          path,
          message: `"${value}" is not one of levels: ${config.levels.join(", ")}`,
        });
    };
    if (new Set(config.levels).size !== config.levels.length)
      context.addIssue({ code: "custom", path: ["levels"], message: "must not name a level twice" });
    if (new Set(config.correlateBy).size !== config.correlateBy.length)
      context.addIssue({ code: "custom", path: ["correlateBy"], message: "must not name a correlator twice" });
    unknown(["defaultLevel"], config.defaultLevel);
    for (const [index, level] of (config.levelClusters ?? []).entries()) unknown(["levelClusters", index], level);
    if (config.levelClusters !== undefined && config.clusterDomain === undefined)
      context.addIssue({
        code: "custom",
        path: ["clusterDomain"],
        message: "is required where levelClusters is given",
      });
    if (config.classifyDefault !== undefined) unknown(["classifyDefault"], config.classifyDefault);
    for (const [index, entry] of (config.rules ?? []).entries()) unknown(["rules", index, "level"], entry.level);
    for (const [index, entry] of (config.readFrom ?? []).entries())
      for (const [at, { level }] of (entry.values ?? []).entries())
        unknown(["readFrom", index, "values", at, "level"], level);
    if (config.trust === "Mesh" && config.trustDomains === undefined)
      context.addIssue({ code: "custom", path: ["trustDomains"], message: "is required where trust is Mesh" });
    if (config.queue !== undefined && config.role !== "inbound")
      context.addIssue({ code: "custom", path: ["queue"], message: "is for the role inbound only" });
    else if (config.queue !== undefined && config.queue.levels.length !== config.levels.length)
      context.addIssue({
        code: "custom",
        path: ["queue", "levels"],
        message: "must have an item for each of levels",
      });
    const sets = config.slotSets;
    if (sets !== undefined && (sets & (sets - 1)) !== 0)
      context.addIssue({ code: "custom", path: ["slotSets"], message: "must be a power of two" });
    if (new TextEncoder().encode(JSON.stringify(config)).length > maxConfigBytes)
      context.addIssue({ code: "custom", path: [], message: `is longer than ${maxConfigBytes} bytes` });
  });

export type FilterConfig = z.infer<typeof filterConfig>;
