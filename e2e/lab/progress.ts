// Shows the lab's progress: one live line on a terminal, otherwise plain lines.
import { bar, clock } from "../measure/progress-bar.ts";
import type { Watcher } from "./experiment.ts";
import type { Point } from "./observe/measurement.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

const names = { mixed: "both classes", ls: "latency-sensitive alone", batch: "batch alone" };

export class Progress implements Watcher {
  readonly #out: NodeJS.WriteStream;
  readonly #points: number;
  readonly #seconds: number;
  readonly #started = performance.now();
  #step = "";
  #point = 0;
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param seconds roughly how long the run takes in total */
  constructor(out: NodeJS.WriteStream, points: number, seconds: number) {
    this.#out = out;
    this.#points = points;
    this.#seconds = seconds;
    if (out.isTTY) this.#timer = setInterval(() => this.#draw(), 100);
    this.#timer?.unref();
  }

  raising(arm: string, repeat: number): void {
    this.#show(`repeat ${repeat}  ${arm}: starting`);
  }

  playing({ arm, rps, played, repeat }: Point): void {
    this.#point++;
    this.#show(`repeat ${repeat}  ${arm}  ${rps} rps, ${names[played]}`);
  }

  /** Clears the live line. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#out.isTTY) this.#out.write("\r\x1b[K");
  }

  #elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #show(step: string): void {
    this.#step = step;
    if (this.#out.isTTY) this.#draw();
    else this.#out.write(`[${clock(this.#elapsed())}] ${this.#position()}  ${step}\n`);
  }

  #position(): string {
    return `point ${Math.max(1, this.#point)} of ${this.#points}`;
  }

  #draw(): void {
    const elapsed = this.#elapsed();
    const left = `${clock(this.#seconds - elapsed)} left`;
    this.#frame = (this.#frame + 1) % frames.length;
    const line = `${frames[this.#frame]} ${bar(elapsed / this.#seconds)} ${left}  ${this.#position()}  ${this.#step}`;
    this.#out.write(`\r\x1b[K${line.slice(0, (this.#out.columns ?? 80) - 1)}`);
  }
}
