// In: the ports. Out: a loop that makes the mesh what the policies say, one turn at a time, until it is stopped.
import type { Plan } from "../core/plan.ts";
import type { ProxyState } from "../proxies/proxy-state.ts";
import { systemClock } from "./clock.ts";
import { LeaderTerms } from "./leader-term.ts";
import type { ReconcilerOptions } from "./reconciler.ts";

export type ControllerOptions = Omit<ReconcilerOptions, "clock"> & Partial<Pick<ReconcilerOptions, "clock">>;

export type Controller = {
  /** Something changed. */
  readonly enqueue: () => void;
  readonly plan: () => Plan | undefined;
  /** Undefined: this replica does not lead, or has not heard from istiod. */
  readonly proxies: () => readonly ProxyState[] | undefined;
  /** By the clock, of the end of the last turn; undefined before the first. */
  readonly lastReconcile: () => number | undefined;
  /** Resolves when no write is under way any more. */
  readonly stop: () => Promise<void>;
};

/** Milliseconds after a turn that failed, whatever happens. */
const afterFailure = 1_000;
/** Between two turns, whatever happens: so many times as long as the last one took, within milliseconds. Many things end at once. */
const rest = { times: 3, least: 2, most: 1_000 } as const;

export function startController(options: ControllerOptions): Controller {
  const { clock = systemClock, observer } = options;
  const ending = new AbortController();
  let waking = new AbortController();
  const wake = (): void => waking.abort("something happened");
  const terms = new LeaderTerms({ ...options, clock }, wake);
  let lastReconcile: number | undefined;

  /** @returns milliseconds until the next one: at least, and where nothing happens */
  function take(): { readonly pause: number; readonly due: number } {
    const start = clock.now();
    try {
      const due = terms.take();
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
      // Whatever comes from here on deserves a turn of its own.
      waking = new AbortController();
      const { pause, due } = take();
      lastReconcile = clock.now();
      await clock.sleep(pause, ending.signal);
      await clock.sleep(due - pause, waking.signal);
    }
  }
  const running = run();
  return {
    enqueue: wake,
    plan: () => terms.plan(),
    proxies: () => terms.states(),
    lastReconcile: () => lastReconcile,
    stop: async () => {
      ending.abort("stopped");
      wake();
      await running;
      await terms.over();
    },
  };
}
