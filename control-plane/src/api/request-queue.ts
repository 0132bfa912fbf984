// Defines the schema of a RequestQueue, as an application team writes it: its fields, their defaults, and what is refused.
import { levelName } from "@expedite/filter/config/names.ts";
import { maxConcurrency, maxExemptPaths, maxQueued } from "@expedite/filter/config/queue.ts";
import { maxLevels } from "@expedite/filter/config/schema.ts";
import { z } from "zod";
import { milliseconds } from "./duration.ts";
import { workloadKinds } from "./kubernetes.ts";
import { namespacedMetadata, objectName, uniqueNames } from "./metadata.ts";
import { checkOnce, refuseIn } from "./refuse.ts";

const hour = 3_600_000;

const wait = z
  .string()
  .max(32)
  .regex(/^(\d+(\.\d+)?(h|ms|m|s))+$/, "is not a duration; allowed: 1ms to 1h, e.g. 500ms or 10s")
  .refine((text) => {
    const value = milliseconds(text) ?? 0;
    return value >= 1 && value <= hour;
  }, "is not from 1ms to 1h");

const onTimeout = z.enum(["Forward", "Reject"]);

const groupOfKind = "must be apps for a Deployment, StatefulSet or DaemonSet, and empty for a Service";

const targetRef = z
  .strictObject({
    group: z
      .enum(["", "apps"])
      .default("")
      .describe("The group of the object: empty for a Service, apps for a Deployment, StatefulSet or DaemonSet."),
    kind: z
      .enum(["Service", ...workloadKinds])
      .describe("The kind of the object. Its pods have the queue, whoever calls them."),
    name: objectName.describe("The name of the object, in the queue's namespace."),
  })
  .superRefine(({ group, kind }, context) => {
    if ((kind === "Service") !== (group === ""))
      context.addIssue({ code: "custom", path: ["group"], message: groupOfKind });
  })
  .meta({
    cel: [{ rule: "(self.kind == 'Service') == (self.group == '')", message: groupOfKind, fieldPath: ".group" }],
  });

const belowMin = "is below min; raise max, or lower min";

const adaptive = z
  .strictObject({
    min: z.int().min(1).max(maxConcurrency).default(1).describe("The least that the limit may be, from 1 to 1000."),
    max: z
      .int()
      .min(1)
      .max(maxConcurrency)
      .default(200)
      .describe("The most that the limit may be, from 1 to 1000. It begins there."),
  })
  .superRefine(({ min, max }, context) => {
    if (max < min) context.addIssue({ code: "custom", path: ["max"], message: belowMin });
  })
  .meta({ cel: [{ rule: "self.min <= self.max", message: belowMin, fieldPath: ".max" }] });

const notOne = "needs exactly one of: fixed, adaptive";

const concurrencyLimit = z
  .strictObject({
    fixed: z
      .int()
      .min(1)
      .max(maxConcurrency)
      .optional()
      .describe(
        "The number of requests, from 1 to 1000. A little more than the application runs in parallel (1.25 to 2 times) is best: with less it has pauses, with far more the queue is inside the application, where no level counts.",
      ),
    adaptive: adaptive
      .optional()
      .describe(
        "Each pod's sidecar finds the number, and follows it when the application changes: about 1.4 times as many requests as the application works on without taking longer for each. While no request would wait, it may be higher.",
      ),
  })
  .superRefine(({ fixed, adaptive }, context) => {
    if ((fixed === undefined) === (adaptive === undefined)) context.addIssue({ code: "custom", message: notOne });
  })
  .meta({ cel: [{ rule: "has(self.fixed) != has(self.adaptive)", message: notOne }] });

const level = z.strictObject({
  name: levelName.describe("The level, one of the ladder's."),
  maxWait: wait.optional().describe("How long a request of the level waits at most. Default: the queue's maxWait."),
  onTimeout: onTimeout.optional().describe("What then becomes of it. Default: the queue's onTimeout."),
});

export const requestQueue = z.strictObject({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("RequestQueue"),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      targetRefs: z
        .array(targetRef)
        .min(1)
        .max(16)
        .describe(
          "The Services, Deployments, StatefulSets or DaemonSets whose pods have the queue. Pods that several of them select have one queue.",
        ),
      concurrencyLimit: concurrencyLimit.describe(
        "How many requests each pod works on at once. Others wait in its sidecar, the highest level first.",
      ),
      maxWait: wait.default("10s").describe("How long a request waits at most: 1ms to 1h."),
      onTimeout: onTimeout
        .default("Forward")
        .describe(
          "What becomes of a request that has waited for maxWait, or for which there is no room. Forward: it is let through all the same. Reject: it is answered with 429 and Retry-After.",
        ),
      maxQueued: z
        .int()
        .min(1)
        .max(maxQueued)
        .default(maxQueued)
        .describe(
          "How many requests wait at each worker thread of the sidecar at most. Beyond that, the lowest level goes first, as onTimeout says.",
        ),
      levels: z
        .array(level)
        .max(maxLevels)
        .optional()
        .meta(uniqueNames)
        .describe("Levels whose requests wait longer or shorter than others."),
      exemptPaths: z
        .array(z.string().max(1024).startsWith("/", "must begin with /"))
        .min(1)
        .max(maxExemptPaths)
        .optional()
        .describe(
          "Beginnings of paths whose requests never wait and have no slot, such as long polls and streams of gRPC. A path with dots or escapes that lead elsewhere is not exempt; gRPC health checks always are. WebSockets and server-sent events need no entry: they have no slot once they have begun.",
        ),
    })
    .superRefine(({ levels = [] }, context) => {
      checkOnce(
        levels.map(({ name }) => name),
        (index) => ["levels", index, "name"],
        refuseIn(context),
      );
    }),
});

export type RequestQueue = z.infer<typeof requestQueue>;
