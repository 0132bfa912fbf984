// The control loop: runs one reconcile at a time, when something happened or is due, until it is stopped.
import type { Plan } from "../core/plan.ts";
import type { ProxyState } from "../core/proxy-state.ts";
import { systemClock } from "./clock.ts";
import { LeaderTerms } from "./leader-term.ts";
import type { ReconcilerOptions } from "./reconciler.ts";

export type ControllerOptions = Omit<ReconcilerOptions, "clock"> & Partial<Pick<ReconcilerOptions, "clock">>;

export type Controller = {
  /** To be called when something changed: a reconcile is due. */
  readonly enqueue: () => void;
  readonly plan: () => Plan | undefined;
  /** Undefined if this replica does not lead, or has not polled istiod yet. */
  readonly proxies: () => readonly ProxyState[] | undefined;
  /** When the last reconcile ended, by the clock; undefined before the first. */
  readonly lastReconcile: () => number | undefined;
  /** Resolves once no write is in progress. */
  readonly stop: () => Promise<void>;
};

/** Milliseconds between a failed reconcile and the next one. */
const afterFailure = 1_000;
/**
 * The pause between two reconciles, in multiples of the last one's duration, within bounds in milliseconds: many things end at the same
 * time.
 */
const rest = { times: 3, least: 2, most: 1_000 } as const;

export function startController(options: ControllerOptions): Controller {
  const { clock = systemClock, observer } = options;
  const ending = new AbortController();
  let waking = new AbortController();
  const wake = (): void => waking.abort("something happened");
  const terms = new LeaderTerms({ ...options, clock }, wake);
  let lastReconcile: number | undefined;

  /** @returns the minimum milliseconds until the next one, and the maximum if nothing happens */
  function reconcile(): { readonly pause: number; readonly due: number } {
    const start = clock.now();
    try {
      const due = terms.reconcile();
      const took = clock.now() - start;
      observer.reconciled(took / 1000);
      return { pause: Math.min(rest.most, Math.max(rest.least, took * rest.times)), due };
    } catch (error) {
      observer.reconciled((clock.now() - start) / 1000, error as Error);
      return { pause: afterFailure, due: 0 };
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      // Whatever happens during this reconcile is followed by another one.
      waking = new AbortController();
      const { pause, due } = reconcile();
      lastReconcile = clock.now();
      await clock.sleep(pause, ending.signal);
      await clock.sleep(Math.max(0, due - pause), waking.signal);
    }
  }
  const running = run();
  return {
    enqueue: wake,
    plan: () => terms.plan(),
    proxies: () => terms.proxies(),
    lastReconcile: () => lastReconcile,
    stop: async () => {
      ending.abort("stopped");
      wake();
      await running;
      await terms.idle();
    },
  };
}
