// Shows the bench's progress: one live line on a terminal, otherwise a line per round.
import { bar, clock } from "../measure/progress-bar.ts";

/** Turns that take about as long. */
export interface Stretch {
  readonly turns: number;
  /** What a turn takes, roughly. */
  readonly seconds: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #turns: number;
  /** Expected seconds before each turn, and at the end of all. */
  readonly #expected: readonly number[];
  readonly #started = performance.now();
  #turn = 0;
  #step = "";

  constructor(out: NodeJS.WriteStream, stretches: readonly Stretch[]) {
    this.#out = out;
    this.#turns = sum(stretches.map(({ turns }) => turns));
    const each = stretches.flatMap(({ turns, seconds }) => Array.from({ length: turns }, () => seconds));
    let before = 0;
    this.#expected = [0, ...each.map((seconds) => (before += seconds))];
    const minutes = Math.max(1, Math.round(before / 60));
    out.write(`${this.#turns} turns, about ${minutes} ${minutes === 1 ? "minute" : "minutes"}\n`);
  }

  /** Called before each turn of a step, such as a round. */
  readonly next = (step: string, turn: string): void => {
    const share = (this.#expected[this.#turn++] ?? 0) / (this.#expected.at(-1) || 1);
    const elapsed = (performance.now() - this.#started) / 1000;
    if (!this.#out.isTTY) {
      if (step !== this.#step) this.#out.write(`[${clock(elapsed)}] turn ${this.#turn} of ${this.#turns}  ${step}\n`);
      this.#step = step;
      return;
    }
    const left = share > 0 ? `${clock(elapsed / share - elapsed)} left  ` : "";
    const line = `${bar(share)} ${left}${step}  ${turn}`;
    this.#out.write(`\r\x1b[K${line.slice(0, (this.#out.columns ?? 80) - 1)}`);
  };

  /** Clears the live line. */
  end(): void {
    if (this.#out.isTTY) this.#out.write("\r\x1b[K");
  }
}
