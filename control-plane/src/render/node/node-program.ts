// Defines the node program: everything that the agent sets for one link, as plain JSON. render makes it, and node/ reads it.
import { z } from "zod";

/** Expedite's fixed handle, far from the usual 1: and 8001:; level classes are 7a1:10, 7a1:20, … */
export const handle = "7a1:";
export const rootClass = "7a1:1";
/** Expedite's nft table, family inet. */
export const table = "expedite";

const classid = z.string().regex(/^7a1:[1-8]0$/, "is not a class of handle 7a1:");
const rate = z.int().positive();

const fields = z.strictObject({
  version: z.literal(1),
  link: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "is not a link name"),
  /** Absent: the device of the network namespace's default route. */
  device: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, "is not a device name")
    .optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
  /** In bit/s; the rate of the root class. */
  rate,
  /** Also shape a multi-queue device above 10 Gbit/s. */
  force: z.boolean(),
  /** Also give packets of tunnels the class and the DSCP of the packet that they carry. */
  markTunnels: z.boolean(),
  handle: z.literal(handle),
  /** The class of unmarked packets. */
  defaultClass: classid,
  /** Highest first. */
  levels: z
    .array(
      z.strictObject({
        level: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/, "is not a level name"),
        classid,
        /** The class's rate in bit/s while all classes want everything. */
        rate,
        /** The rate in bit/s up to which it may borrow. */
        ceil: rate,
        prio: z.int().min(0).max(7),
        /** Bytes sent at once at `rate`, and at `ceil`. */
        burst: z.int().positive(),
        cburst: z.int().positive(),
        dscp: z.int().min(0).max(63),
        /** Dedicated replicas: packets to them have the level, marked or not. */
        addresses: z.array(z.union([z.ipv4(), z.ipv6()], "is not an IP address")),
      }),
    )
    .min(1)
    .max(8),
  leaf: z.strictObject({
    /** Used if the kernel has it. */
    prefer: z.literal("fq_codel"),
    otherwise: z.strictObject({ kind: z.literal("pfifo"), limit: z.int().min(1).max(100_000) }),
  }),
  table: z.literal(table),
  sysctls: z.strictObject({ "net.ipv4.tcp_reflect_tos": z.literal(1) }),
});

/** Refuses what would order a queue differently than it says: HTB sends packets of a missing class first, and unshaped. */
export const nodeProgram = fields.superRefine((program, context) => {
  const refuse = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: "custom", path, message });
  const classes = program.levels.map((level) => level.classid);
  if (!classes.includes(program.defaultClass))
    refuse(["defaultClass"], `is the class of no level; allowed: ${classes.join(", ")}`);
  for (const field of ["level", "classid", "prio", "dscp"] as const) {
    const values = program.levels.map((level) => level[field]);
    values.forEach((value, index) => {
      if (values.indexOf(value) < index) refuse(["levels", index, field], "is used twice; allowed: once");
    });
  }
  const sum = program.levels.reduce((total, level) => total + level.rate, 0);
  if (sum > program.rate) refuse(["levels"], `have ${sum} bit/s in all; allowed: at most the link's ${program.rate}`);
});

export type NodeProgram = z.infer<typeof nodeProgram>;
export type NodeLevel = NodeProgram["levels"][number];
