// Reports to logs and metrics what the reconciler and the watch cache observe.
import type { Logger } from "pino";
import type { Metrics } from "../http/metrics.ts";
import type { Observer, WatchObserver } from "../reconcile/ports.ts";

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

export function watchObserver(log: Logger): WatchObserver {
  return {
    watchFailed: (resource, { cause, message, remedy }) => {
      const fields = { resource, cause, error: message, remedy };
      // A mesh without the Gateway API is normal.
      if (cause === "Missing") log.warn(fields, "a kind is missing");
      else log.error(fields, "a kind cannot be listed or watched");
    },
    watchRecovered: (resource) => log.info({ resource }, "a kind is watched again"),
  };
}
