// Starts the load generator and gives it one slice of load after another.
import { ChildProgram } from "./child-program.ts";
import type { Slice, SliceResult } from "./generator.ts";

export class Load {
  readonly #generator = new ChildProgram(new URL("./generator.ts", import.meta.url), "the load generator");
  /** Requests sent, by port. */
  readonly sent = new Map<number, number>();

  get pid(): number {
    return this.#generator.pid;
  }

  /** @throws when a response was wrong or a connection broke; the generator has printed the reason */
  async play(slice: Slice): Promise<SliceResult> {
    const result = await this.#generator.ask<SliceResult>(slice);
    this.sent.set(slice.port, (this.sent.get(slice.port) ?? 0) + result.requests);
    return result;
  }

  /** It must end before the Envoys do: a closed connection is an error to it. */
  stop(): Promise<void> {
    return this.#generator.stop();
  }
}
