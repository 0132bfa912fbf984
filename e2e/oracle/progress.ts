// Shows how many meshes are checked: a live line on a terminal; otherwise a plain line every 1,000 meshes, and at least every 30 s.
import { bar, clock } from "../measure/progress-bar.ts";

/** The greatest distance between plain lines, in meshes and in seconds. */
const longest = { meshes: 1000, seconds: 30 };

export type ProgressOptions = {
  readonly title: string;
  readonly total: number;
  /** Default: standard error. */
  readonly out?: { readonly isTTY?: boolean; write(text: string): unknown };
  /** The time in milliseconds, like `performance.now`. */
  readonly now?: () => number;
};

export class Progress {
  readonly #options: Required<ProgressOptions>;
  readonly #started: number;
  #done = 0;
  #shown: { readonly done: number; readonly at: number };

  constructor({ title, total, out = process.stderr, now = () => performance.now() }: ProgressOptions) {
    this.#options = { title, total, out, now };
    this.#started = now();
    this.#shown = { done: 0, at: this.#started };
  }

  /** To be called after each mesh. */
  readonly step = (failures: number): void => {
    this.#done++;
    const { title, total, out, now } = this.#options;
    const time = clock((now() - this.#started) / 1000);
    if (out.isTTY === true) {
      const share = bar(this.#done / total);
      out.write(`\r  ${title}  ${share}  ${this.#done}/${total}  ${time}  ${failures} differ `);
    } else if (this.#isDue()) {
      out.write(`[${time}] ${title}  ${this.#done}/${total}  ${failures} differ\n`);
      this.#shown = { done: this.#done, at: now() };
    }
  };

  /** The last mesh has no plain line, because the result follows. */
  #isDue(): boolean {
    const { total, now } = this.#options;
    if (this.#done === total) return false;
    const { done, at } = this.#shown;
    return this.#done - done >= longest.meshes || now() - at >= longest.seconds * 1000;
  }

  /** Clears the live line. */
  end(): void {
    if (this.#options.out.isTTY === true) this.#options.out.write("\r\x1b[K");
  }
}
