// In: the ports. Out: a loop that makes the mesh what the policies say, one turn at a time, until it is stopped.
import type { Plan } from "../core/plan.ts";
import type { ProxyState } from "../proxies/proxy-state.ts";
import { systemClock } from "./clock.ts";
import { Terms } from "./leader-term.ts";
import type { TurnOptions } from "./reconciler.ts";

export type LoopOptions = Omit<TurnOptions, "clock"> & Partial<Pick<TurnOptions, "clock">>;

export type Loop = {
  /** Something changed. */
  readonly mark: () => void;
  readonly plan: () => Plan | undefined;
  readonly proxies: () => readonly ProxyState[];
  /** By the clock, of the end of the last turn; undefined before the first. */
  readonly lastTurn: () => number | undefined;
  /** Resolves when no write is under way any more. */
  readonly stop: () => Promise<void>;
};

/** Milliseconds after a turn that failed, whatever happens. */
const afterFailure = 1_000;
/** Between two turns, whatever happens: so many times as long as the last one took, within milliseconds. Many things end at once. */
const rest = { times: 3, least: 2, most: 1_000 } as const;

export function startLoop(options: LoopOptions): Loop {
  const { clock = systemClock, observer } = options;
  const ending = new AbortController();
  let waking = new AbortController();
  const wake = (): void => waking.abort("something happened");
  const terms = new Terms({ ...options, clock }, wake);
  let lastTurn: number | undefined;

  /** @returns milliseconds until the next one: at least, and where nothing happens */
  function take(): { readonly pause: number; readonly due: number } {
    const start = clock.now();
    try {
      const due = terms.take();
      const took = clock.now() - start;
      observer.turned(took / 1000);
      return { pause: Math.min(rest.most, Math.max(rest.least, took * rest.times)), due };
    } catch (error) {
      observer.turned((clock.now() - start) / 1000, error as Error);
      return { pause: afterFailure, due: 0 };
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      // Whatever comes from here on deserves a turn of its own.
      waking = new AbortController();
      const { pause, due } = take();
      lastTurn = clock.now();
      await clock.sleep(pause, ending.signal);
      await clock.sleep(due - pause, waking.signal);
    }
  }
  const running = run();
  return {
    mark: wake,
    plan: () => terms.plan(),
    proxies: () => terms.states(),
    lastTurn: () => lastTurn,
    stop: async () => {
      ending.abort("stopped");
      wake();
      await running;
      await terms.over();
    },
  };
}
