// Runs a program of the bench in a process of its own, which answers each message with one.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export class ChildProgram {
  readonly #child: ChildProcess;
  readonly #name: string;

  /** `name`: what an error calls it, e.g. "the load generator" */
  constructor(file: URL, name: string) {
    this.#child = fork(file);
    this.#name = name;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** @throws when the process ends instead of answering */
  ask<Answer>(message: Parameters<ChildProcess["send"]>[0]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`${this.#name} ended`));
      this.#child.once("exit", ended);
      this.#child.once("message", (answer: Answer) => {
        this.#child.off("exit", ended);
        resolve(answer);
      });
      this.#child.send(message);
    });
  }

  /** Resolves when the process and its connections are gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}
