// Makes the filter's configuration of a queue: each level of the ladder with its wait and its share.
import { allShares, maxWait } from "@expedite/filter/config/queue.ts";
import { milliseconds } from "../../api/duration.ts";
import type { PriorityLadder } from "../../api/priority-ladder.ts";
import type { RequestQueue } from "../../api/request-queue.ts";
import type { QueueSettings } from "../../core/plan.ts";
import { levels } from "../levels.ts";

export function queueSettings({ spec }: RequestQueue, ladder: PriorityLadder): QueueSettings {
  const { fixed, adaptive } = spec.concurrencyLimit;
  const own = new Map((spec.levels ?? []).map((level) => [level.name, level]));
  return {
    limit: fixed ?? adaptive?.max ?? 1,
    ...(adaptive === undefined ? {} : { minLimit: adaptive.min }),
    maxQueued: spec.maxQueued,
    levels: levels(ladder).map(({ name, share }) => ({
      maxWait: milliseconds(own.get(name)?.maxWait ?? spec.maxWait) ?? maxWait,
      onTimeout: own.get(name)?.onTimeout ?? spec.onTimeout,
      share: Math.round((share * allShares) / 100),
    })),
    ...(spec.exemptPaths === undefined ? {} : { exemptPaths: spec.exemptPaths }),
  };
}
