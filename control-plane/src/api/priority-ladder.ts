// Defines the schema of a PriorityLadder, as the platform team writes it: its fields, their defaults, and what is refused.
import { levelSource, maxLevelSources, writeTo } from "@expedite/filter/config/level-sources.ts";
import { levelName, maxLevelName } from "@expedite/filter/config/names.ts";
import { correlators, defaultCorrelators, defaultSlotSets, maxLevels } from "@expedite/filter/config/schema.ts";
import { z } from "zod";
import { dscpNames } from "./dscp.ts";
import { ladderRules, linkRules } from "./ladder-rules.ts";
import { dnsLabel, labels, uniqueNames } from "./metadata.ts";
import { parseTcRate } from "./rate.ts";
import { checkOnce, type Refuse, refuseIn } from "./refuse.ts";

/** The paper's reservation for a level that may be starved (percent). */
const defaultShare = "5%";

/** Headers that a gateway could not remove without breaking every request. */
const takenHeaders: readonly string[] = [
  ...correlators,
  ...["authorization", "connection", "content-length", "content-type", "cookie"],
  ...["host", "priority", "te", "transfer-encoding", "upgrade"],
];

const level = z.strictObject({
  name: levelName.describe(
    "The level's name: a value of the header, and a part of the names of subsets, clusters and metrics.",
  ),
  dscp: z
    .string()
    .refine((name) => dscpNames.includes(name), `is not a DSCP name; allowed: ${dscpNames.join(", ")}`)
    .meta({ enum: dscpNames })
    .default("DF")
    .describe(
      "The DSCP that marks the level's packets. Every level has one of its own; only the default level can have DF.",
    ),
  minShare: z
    .string()
    .max(6)
    .regex(/^([1-9]|[1-9]\d|100)(\.\d{1,2})?%$/, "is not a share; allowed: 1% to 100%, e.g. 5%")
    .optional()
    .describe(
      "The share of a link that the level keeps when higher levels want all of it, e.g. 5%. Default: 5%; for the highest level, what the others leave.",
    ),
  congestionControl: z
    .enum(["default", "scavenger"])
    .default("default")
    .describe(
      "The congestion control of the level's connections. scavenger yields to all other traffic, at queues that are not ordered by level too; the nodes' agents load it. It needs a dscp other than DF.",
    ),
});

/** Many users would write Off, and YAML 1.1, which kubectl uses, does not read it as text. */
function wrongMode({ input }: { readonly input?: unknown }): string {
  const why = typeof input === "boolean" ? "is a boolean, as YAML reads Off, on, yes and no" : "is not a mode";
  return `${why}; allowed: Disabled, Observe, Enforce`;
}

const maxLinks = 64;

const link = z
  .strictObject({
    name: dnsLabel.describe("The link's name, and a part of the names of its node programs."),
    scope: z
      .enum(["Pod", "Node"])
      .describe("Pod: the link by which traffic leaves a pod. Node: the link by which traffic leaves a node."),
    selector: labels.optional().describe("For scope Pod: the labels of the pods whose links these are."),
    nodeSelector: labels.optional().describe("For scope Node: the labels of the nodes whose uplinks these are."),
    device: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, "is not a device name")
      .optional()
      .describe(
        "The device, as ip-link(8) names it. Default: eth0 of a pod, the device of the default route of a node.",
      ),
    rate: z
      .string()
      .refine(
        (text) => parseTcRate(text) !== undefined,
        "is not a rate; allowed: a number with a unit of tc(8), e.g. 100Mbit, 9.5Gbit (64kbit to 1.6Tbit)",
      )
      .optional()
      .describe(
        "The rate at which the link is capped, as tc(8) writes rates, e.g. 9500Mbit. Default for pods: their annotation kubernetes.io/egress-bandwidth. Without a rate the link is inactive.",
      ),
    force: z.boolean().default(false).describe("Shape a multi-queue device even if its rate is above 10 Gbit/s."),
    markTunnels: z
      .boolean()
      .default(false)
      .describe(
        "For scope Node: packets of VXLAN (UDP ports 4789 and 8472) and Geneve (6081) get the class of the packet that they carry, and its level's DSCP in their outer header, so that the network between the nodes sees it.",
      ),
  })
  .meta({ cel: linkRules });

/** The bytes of a DNS name (RFC 1035). */
const maxHostName = 253;
const maxLevelClusterHosts = 256;

const levelClusters = z.strictObject({
  hosts: z
    .array(
      z
        .string()
        .max(maxHostName)
        .regex(
          /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
          "is not a host's full name; allowed: e.g. ratings.shop.svc.cluster.local, or *.shop.svc.cluster.local for all of a namespace",
        ),
    )
    .min(1)
    .max(maxLevelClusterHosts)
    .meta({ "x-kubernetes-list-type": "set" })
    .describe(
      "The Services that demoted requests go to, by full name, e.g. ratings.shop.svc.cluster.local. A name that begins with *. stands for all that end in the rest. Services with pods dedicated to a level are served without being listed.",
    ),
});

export const priorityLadder = z.strictObject({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("PriorityLadder"),
  metadata: z.looseObject({
    name: z.literal("default"),
    namespace: z.undefined().optional(),
    annotations: labels.optional(),
  }),
  spec: z
    .strictObject({
      header: z
        .string()
        .max(64)
        .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "must be a lower-case HTTP header name")
        .default("x-request-priority")
        .describe("The header that carries the level of a request."),
      mode: z
        .enum(["Disabled", "Observe", "Enforce", "Off"], { error: wrongMode })
        .default("Enforce")
        .describe(
          "Disabled: Expedite configures nothing. Observe: the filter only classifies, joins and counts; no header is written, and no route, mark or queue is changed. Enforce: levels take effect. Off means Disabled, and has to be in quotes: YAML reads it as false.",
        )
        .transform((mode) => (mode === "Off" ? "Disabled" : mode)),
      correlateBy: z
        .array(z.enum(correlators))
        .min(1)
        .max(correlators.length)
        .default([...defaultCorrelators])
        .meta({ "x-kubernetes-list-type": "set" })
        .describe(
          `The headers that join an outbound call to the request that caused it, in the order in which they are tried. Default: ${defaultCorrelators.join(", ")}. An x-request-id longer than 48 bytes joins nothing.`,
        ),
      readFrom: z
        .array(levelSource)
        .min(1)
        .max(maxLevelSources)
        .optional()
        .describe(
          "Other headers that carry a level, in the order in which they are tried when a request lacks the level's own header. They are trusted as far as that header is. Each entry has exactly one of header, tracestate, baggage.",
        ),
      writeTo: writeTo
        .optional()
        .describe("Another header to which the level is written too, for applications that forward only that one."),
      deadlines: z
        .enum(["Disabled", "Carry", "Enforce"])
        .default("Carry")
        .describe(
          "Carry: where a RequestQueue exists, a call inherits how long the caller of its cause still waits, and queues serve requests first that can be answered in time. Enforce: in addition, with or without a queue, the sidecar ends a call when nobody waits for it any more; not on routes of VirtualServices, which have timeouts of their own. Disabled: a queue knows only the timeout of the immediate caller.",
        ),
      slotSets: z
        .int()
        .min(64)
        .max(65536)
        .refine((sets) => (sets & (sets - 1)) === 0, "is not a power of two; allowed: 64, 128, … 65536")
        .meta({ enum: Array.from({ length: 11 }, (_, index) => 64 << index) })
        .optional()
        .describe(
          `The number of sets in the table that joins calls to requests. Each set holds 8 ids, and takes 0.7 kB of a proxy's memory from its first id on. Default: ${defaultSlotSets}, which is at most 11 MB.`,
        ),
      levels: z.array(level).min(1).max(maxLevels).meta(uniqueNames).describe("The levels, highest first."),
      levelClusters: levelClusters
        .optional()
        .describe(
          "Limits the Services that have connections by level, which take about 0.13 MB of each enrolled proxy's memory for each port and level. Requests to other Services keep their level, and share connections. Plain Envoys ignore it. Default: all Services of enrolled namespaces.",
        ),
      defaultLevel: z
        .string()
        .max(maxLevelName)
        .describe("The level of requests and packets that nothing classified; usually the highest."),
      links: z
        .array(link)
        .max(maxLinks)
        .default([])
        .meta(uniqueNames)
        .describe("The links whose queues are ordered by level. Default: none."),
    })
    .superRefine((spec, context) => {
      const refuse = refuseIn(context);
      checkLevels(spec, refuse);
      checkLinks(spec.links, refuse);
      checkLevelSources(spec, refuse);
      checkOnce(spec.correlateBy, (index) => ["correlateBy", index], refuse);
      checkOnce(spec.levelClusters?.hosts ?? [], (index) => ["levelClusters", "hosts", index], refuse);
      if (takenHeaders.includes(spec.header)) refuse(["header"], "already has a meaning; allowed: a header of its own");
    })
    .meta({ cel: ladderRules(takenHeaders) }),
});

export type PriorityLadder = z.infer<typeof priorityLadder>;
type Spec = Pick<PriorityLadder["spec"], "levels" | "defaultLevel">;
type LevelSources = Pick<PriorityLadder["spec"], "header" | "levels" | "readFrom">;

/** The bandwidth that a level keeps, in percent; undefined for a highest level that specifies none. */
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

/** Only its DSCP shows a packet's level; an unmarked packet has DF, so DF must belong to the default level. */
function checkMarks(spec: Spec, refuse: Refuse): void {
  spec.levels.forEach(({ dscp, name }, index) => {
    const first = spec.levels.findIndex((other) => other.dscp === dscp);
    const taken = `is also that of ${spec.levels[first]?.name}; allowed: a DSCP of its own`;
    const unmarked = `is DF, which unmarked packets have; allowed: DF only for ${spec.defaultLevel}, the default level`;
    if (first < index) refuse(["levels", index, "dscp"], taken);
    else if (dscp === "DF" && name !== spec.defaultLevel) refuse(["levels", index, "dscp"], unmarked);
  });
}

function checkShares(spec: Spec, refuse: Refuse): void {
  const shares = spec.levels.map((entry, index) => sharePercent(index, entry.minShare));
  const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0);
  if (sum > 100) refuse(["levels"], `keep ${sum}% of a link in total (minShare); allowed: at most 100%`);
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
    if (entry.markTunnels && entry.scope === "Pod") refuse(["links", index, "markTunnels"], tunnelsOfPod);
  });
}

const tunnelsOfPod = "does not belong to scope Pod, because tunnels begin on the node; set it on a link of scope Node";

function checkLevelSources({ header, levels, readFrom = [] }: LevelSources, refuse: Refuse): void {
  const names = levels.map((entry) => entry.name);
  readFrom.forEach((source, index) => {
    const path = ["readFrom", index];
    if (source.header === header) refuse([...path, "header"], "is the header of the level itself; allowed: another");
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
