// Reports to logs and metrics what the reconciler observes.
import type { Logger } from "pino";
import type { Metrics } from "../http/metrics.ts";
import type { Observer } from "../reconcile/ports.ts";

export function reconcileObserver(log: Logger, metrics: Metrics): Observer {
  return {
    reconciled: (seconds, error) => {
      metrics.reconciled(seconds, error !== undefined);
      if (error !== undefined) log.error({ error: error.message }, "a reconcile failed and is retried");
    },
    wrote: ({ error, ...write }) => {
      metrics.wrote(write.verb, write.kind, error !== undefined);
      if (error === undefined) log.info(write, "wrote an object");
      else log.error({ ...write, error: error.message }, "could not write an object");
    },
  };
}
