// Logs what a watch reports: that a kind cannot be listed or watched, and that it works again.
import type { Logger } from "pino";
import type { WatchObserver } from "../reconcile/ports.ts";

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
