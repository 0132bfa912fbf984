// Shows the bench's progress: one live line on a terminal, otherwise a line per round.
import { bar, clock } from "../measure/progress-bar.ts";

export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #turns: number;
  readonly #started = performance.now();
  #turn = 0;
  #step = "";

  constructor(out: NodeJS.WriteStream, turns: number) {
    this.#out = out;
    this.#turns = turns;
  }

  /** Called before each turn of a step, such as a round. */
  readonly next = (step: string, turn: string): void => {
    const share = this.#turn++ / this.#turns;
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
