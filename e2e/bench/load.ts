// Starts the load generator and gives it one slice of load after another.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Slice, SliceResult } from "./generator.ts";

export class Load {
  readonly #child: ChildProcess;
  /** Requests sent, by port. */
  readonly sent = new Map<number, number>();

  constructor() {
    this.#child = fork(new URL("./generator.ts", import.meta.url));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** @throws when a response was wrong or a connection broke; the generator has printed the reason */
  play(slice: Slice): Promise<SliceResult> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error("the load generator ended"));
      this.#child.once("exit", ended);
      this.#child.once("message", (result: SliceResult) => {
        this.#child.off("exit", ended);
        this.sent.set(slice.port, (this.sent.get(slice.port) ?? 0) + result.requests);
        resolve(result);
      });
      this.#child.send(slice);
    });
  }

  /** Resolves when the process and its connections are gone. It must end before the Envoys do: a closed connection is an error to it. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}
