// Shows how far the bench is: turns enter, one live line leaves on a terminal, plain lines elsewhere.
import { bar, clock } from "../lab/progress.ts";

export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #turns: number;
  readonly #started = performance.now();
  #turn = 0;

  constructor(out: NodeJS.WriteStream, turns: number) {
    this.#out = out;
    this.#turns = turns;
  }

  /** Before each turn. */
  readonly next = (what: string): void => {
    const share = this.#turn++ / this.#turns;
    const elapsed = (performance.now() - this.#started) / 1000;
    if (!this.#out.isTTY) {
      this.#out.write(`[${clock(elapsed)}] ${this.#turn} of ${this.#turns}  ${what}\n`);
      return;
    }
    const left = share > 0 ? `${clock(elapsed / share - elapsed)} left  ` : "";
    this.#out.write(`\r\x1b[K${`${bar(share)} ${left}${what}`.slice(0, (this.#out.columns ?? 80) - 1)}`);
  };

  /** Takes the live line away. */
  end(): void {
    if (this.#out.isTTY) this.#out.write("\r\x1b[K");
  }
}
