// In: a PriorityLadder as the platform team writes it. Out: the same with every default filled in, or problems.
import { levelSource, maxLevelSources, writeTo } from "@expedite/filter/config/level-sources.ts";
import { levelName, maxLevelName } from "@expedite/filter/config/names.ts";
import { correlators, defaultCorrelators, defaultSlotSets, maxLevels } from "@expedite/filter/config/schema.ts";
import { z } from "zod";
import { dscpNames } from "./dscp.ts";
import { ladderRules, linkRules } from "./ladder-rules.ts";
import { dnsLabel, labels, uniqueNames } from "./metadata.ts";
import { parseTcRate } from "./rate.ts";

/** The paper's reservation for a level that may be starved (percent). */
const defaultShare = "5%";

/** Headers that a gateway could not strip without breaking every request. */
const takenHeaders: readonly string[] = [
  ...correlators,
  ...["authorization", "connection", "content-length", "content-type", "cookie"],
  ...["host", "priority", "te", "transfer-encoding", "upgrade"],
];

const level = z.strictObject({
  name: levelName.describe("The level: a value of the header, part of subset, cluster and metric names."),
  dscp: z
    .string()
    .refine((name) => dscpNames.includes(name), `is not a DSCP name; allowed: ${dscpNames.join(", ")}`)
    .meta({ enum: dscpNames })
    .default("DF")
    .describe("The mark of the level's packets, by its name. Each level has its own; DF only the default level."),
  minShare: z
    .string()
    .max(6)
    .regex(/^([1-9]|[1-9]\d|100)(\.\d{1,2})?%$/, "is not a share; allowed: 1% to 99%")
    .optional()
    .describe(
      "Share of a link kept for the level while those above want everything, e.g. 5%. Default 5%; the highest level has what the others leave.",
    ),
  congestionControl: z
    .enum(["default", "scavenger"])
    .default("default")
    .describe("Of the level's connections. scavenger yields to all others; not applied yet, its class is."),
});

/** Off is what many would write, and no YAML of version 1.1, kubectl's, reads it as text. */
function wrongMode({ input }: { readonly input?: unknown }): string {
  const why = typeof input === "boolean" ? "is a boolean, as YAML reads Off, on, yes and no" : "is no mode";
  return `${why}; allowed: Disabled, Observe, Enforce`;
}

const maxLinks = 64;

const link = z
  .strictObject({
    name: dnsLabel.describe("Of the link; part of its node programs' names."),
    scope: z.enum(["Pod", "Node"]).describe("Pod: what leaves a pod. Node: what leaves a node."),
    selector: labels.optional().describe("Scope Pod: labels of the pods whose device this is."),
    nodeSelector: labels.optional().describe("Scope Node: labels of the nodes whose uplink this is."),
    device: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, "is not a device name")
      .optional()
      .describe("Its name in ip-link(8). Default: eth0 of a pod, the device of a node's default route."),
    rate: z
      .string()
      .refine(
        (text) => parseTcRate(text) !== undefined,
        "is not a rate; allowed: a number with a unit of tc(8), e.g. 100Mbit, 9.5Gbit (64kbit to 1.6Tbit)",
      )
      .optional()
      .describe(
        "As tc(8) writes rates, e.g. 9500Mbit; the link is capped at it. Default for pods: the annotation kubernetes.io/egress-bandwidth. Without a rate the link is inactive.",
      ),
    force: z.boolean().default(false).describe("Shape a multi-queue device above 10 Gbit/s all the same."),
  })
  .meta({ cel: linkRules });

export const priorityLadder = z.strictObject({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("PriorityLadder"),
  metadata: z.looseObject({ name: z.literal("default"), namespace: z.undefined().optional() }),
  spec: z
    .strictObject({
      header: z
        .string()
        .max(64)
        .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "must be a lower-case HTTP header name")
        .default("x-request-priority")
        .describe("The header that carries a request's level."),
      mode: z
        .enum(["Disabled", "Observe", "Enforce", "Off"], { error: wrongMode })
        .default("Enforce")
        .describe(
          "Disabled: nothing of ours is anywhere. Observe: the filter classifies, joins and counts, and that is all: no header is written, no route, mark or queue is changed. Off: as Disabled; YAML reads it as false unless it is in quotes.",
        )
        .transform((mode) => (mode === "Off" ? "Disabled" : mode)),
      correlateBy: z
        .array(z.enum(correlators))
        .min(1)
        .max(correlators.length)
        .default([...defaultCorrelators])
        .meta({ "x-kubernetes-list-type": "set" })
        .describe(
          `Headers that join an outbound call to the request that caused it, tried in this order. Default: ${defaultCorrelators.join(", ")}. An x-request-id of more than 48 bytes joins nothing.`,
        ),
      readFrom: z
        .array(levelSource)
        .min(1)
        .max(maxLevelSources)
        .optional()
        .describe(
          "Headers of others that carry a level, tried in this order where ours is absent and believed as far as ours is. Each has exactly one of header, tracestate, baggage.",
        ),
      writeTo: writeTo
        .optional()
        .describe("Where the level is written besides our header, for applications that forward only that."),
      storeDefault: z
        .boolean()
        .default(true)
        .describe(
          "false: requests of the default level cost no write to the slot table. Only where no application sets the header itself: of requests with one id, that one was of the default level is forgotten.",
        ),
      slotSets: z
        .int()
        .min(64)
        .max(65536)
        .refine((sets) => (sets & (sets - 1)) === 0, "is not a power of two; allowed: 64, 128, … 65536")
        .meta({ enum: Array.from({ length: 11 }, (_, index) => 64 << index) })
        .optional()
        .describe(
          `Size of the slot table that joins calls to requests: 512 bytes of each proxy's memory per set, which hold 8 ids. Default ${defaultSlotSets}: 8 MB.`,
        ),
      levels: z.array(level).min(1).max(maxLevels).meta(uniqueNames).describe("Highest first."),
      defaultLevel: z
        .string()
        .max(maxLevelName)
        .describe("Of requests and packets that nothing classified; ordinarily the highest."),
      links: z
        .array(link)
        .max(maxLinks)
        .default([])
        .meta(uniqueNames)
        .describe("Whose queues are ordered; none unless named here."),
    })
    .superRefine((spec, context) => {
      const refuse = (path: (string | number)[], message: string): void =>
        context.addIssue({ code: "custom", path, message });
      checkLevels(spec, refuse);
      checkLinks(spec.links, refuse);
      checkLevelSources(spec, refuse);
      checkOnce(spec.correlateBy, (index) => ["correlateBy", index], refuse);
      if (takenHeaders.includes(spec.header)) refuse(["header"], "has a meaning already; allowed: a header of its own");
    })
    .meta({ cel: ladderRules(takenHeaders) }),
});

export type PriorityLadder = z.infer<typeof priorityLadder>;
type Spec = Pick<PriorityLadder["spec"], "levels" | "defaultLevel">;
type LevelSources = Pick<PriorityLadder["spec"], "header" | "levels" | "readFrom">;
type Refuse = (path: (string | number)[], message: string) => void;

/** The bandwidth a level keeps, in percent; undefined for a highest level that names none. */
export function sharePercent(position: number, minShare: string | undefined): number | undefined {
  if (minShare === undefined && position === 0) return undefined;
  return Number.parseFloat(minShare ?? defaultShare);
}

function checkLevels(spec: Spec, refuse: Refuse): void {
  const names = spec.levels.map((entry) => entry.name);
  if (names.length === 0) return;
  checkOnce(names, (index) => ["levels", index, "name"], refuse);
  checkShares(spec, refuse);
  if (names.includes(spec.defaultLevel)) checkMarks(spec, refuse);
  else refuse(["defaultLevel"], `is not one of the levels; allowed: ${names.join(", ")}`);
}

/** A packet shows its level by its DSCP alone; one that nobody marked is DF, and has to be the default level's. */
function checkMarks(spec: Spec, refuse: Refuse): void {
  spec.levels.forEach(({ dscp, name }, index) => {
    const first = spec.levels.findIndex((other) => other.dscp === dscp);
    const taken = `is also that of ${spec.levels[first]?.name}: a packet could not tell the two apart`;
    const unmarked = `is DF, as unmarked packets are; allowed: DF only for ${spec.defaultLevel}, the default level`;
    if (first < index) refuse(["levels", index, "dscp"], taken);
    else if (dscp === "DF" && name !== spec.defaultLevel) refuse(["levels", index, "dscp"], unmarked);
  });
}

function checkShares(spec: Spec, refuse: Refuse): void {
  const shares = spec.levels.map((entry, index) => sharePercent(index, entry.minShare));
  const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0);
  if (sum > 100) refuse(["levels"], `keep ${sum}% of a link in all (minShare); allowed: at most 100%`);
  else if (sum === 100 && shares[0] === undefined)
    refuse(["levels"], `leave nothing for ${spec.levels[0]?.name}: minShare of the others is 100%`);
}

function checkLinks(links: PriorityLadder["spec"]["links"], refuse: Refuse): void {
  checkOnce(
    links.map((entry) => entry.name),
    (index) => ["links", index, "name"],
    refuse,
  );
  links.forEach((entry, index) => {
    const [wanted, other] =
      entry.scope === "Pod" ? (["selector", "nodeSelector"] as const) : (["nodeSelector", "selector"] as const);
    if (Object.keys(entry[wanted] ?? {}).length === 0)
      refuse(["links", index, wanted], `is required for scope ${entry.scope}: at least one label`);
    if (entry[other] !== undefined) refuse(["links", index, other], `does not belong to scope ${entry.scope}`);
  });
}

function checkLevelSources({ header, levels, readFrom = [] }: LevelSources, refuse: Refuse): void {
  const names = levels.map((entry) => entry.name);
  readFrom.forEach((source, index) => {
    const path = ["readFrom", index];
    if (source.header === header) refuse([...path, "header"], "is our own header; allowed: another");
    const values = source.values ?? [];
    checkOnce(
      values.map((entry) => entry.value),
      (at) => [...path, "values", at, "value"],
      refuse,
    );
    values.forEach((entry, at) => {
      if (!names.includes(entry.level))
        refuse([...path, "values", at, "level"], `is not one of the levels; allowed: ${names.join(", ")}`);
    });
  });
}

function checkOnce(names: readonly string[], path: (index: number) => (string | number)[], refuse: Refuse): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) refuse(path(index), "is there twice; allowed: each name once");
  });
}
