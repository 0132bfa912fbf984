// In: the ports. Out: a loop that makes the mesh what the policies say, one turn at a time, until it is stopped.
import type { Plan } from "../core/plan.ts";
import { systemClock } from "./clock.ts";
import type { ProxyState } from "./proxy-states.ts";
import { Turn, type TurnOptions } from "./turn.ts";

export type LoopOptions = Omit<TurnOptions, "clock"> & Partial<Pick<TurnOptions, "clock">>;

export type Loop = {
  /** Something changed. */
  readonly mark: () => void;
  readonly plan: () => Plan | undefined;
  readonly proxies: () => readonly ProxyState[];
  /** By the clock, of the end of the last turn; undefined before the first. */
  readonly lastTurn: () => number | undefined;
  /** Resolves when nothing is under way any more. */
  readonly stop: () => Promise<void>;
};

/** Milliseconds after a turn that failed. */
const afterFailure = 1_000;

export function startLoop(options: LoopOptions): Loop {
  const { clock = systemClock, observer } = options;
  let isEnding = false;
  let waking = new AbortController();
  const wake = (): void => waking.abort("something happened");
  const turn = new Turn({ ...options, clock }, wake);
  let lastTurn: number | undefined;

  function take(): number {
    const start = clock.now();
    try {
      const due = turn.take();
      observer.turned((clock.now() - start) / 1000);
      return due;
    } catch (error) {
      observer.turned((clock.now() - start) / 1000, error as Error);
      return afterFailure;
    }
  }

  async function run(): Promise<void> {
    while (!isEnding) {
      // Whatever comes from here on deserves a turn of its own.
      waking = new AbortController();
      const due = take();
      lastTurn = clock.now();
      // At least a moment: many things end at once.
      await clock.sleep(2);
      await clock.sleep(due, waking.signal);
    }
  }
  const running = run();
  return {
    mark: wake,
    plan: () => turn.plan(),
    proxies: () => turn.states(),
    lastTurn: () => lastTurn,
    stop: async () => {
      isEnding = true;
      wake();
      await running;
      await turn.over();
    },
  };
}
