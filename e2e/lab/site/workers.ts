// A fixed number of threads that serve requests in the order in which they come, as an application with a pool has. A thread sleeps instead
// of computing, so that what is scarce is the pool and not the machine, and by a futex, because a timer of Node is up to 1 ms late.
import { Worker } from "node:worker_threads";

/** Source of a thread: it occupies itself for the milliseconds that it is sent, and answers. */
const thread = `
const { parentPort } = require("node:worker_threads");
const never = new Int32Array(new SharedArrayBuffer(4));
parentPort.on("message", (milliseconds) => {
  Atomics.wait(never, 0, 0, milliseconds);
  parentPort.postMessage(milliseconds);
});`;

interface Task {
  readonly milliseconds: number;
  readonly done: () => void;
}

export class Workers {
  readonly #threads: readonly Worker[];
  readonly #idle: Worker[];
  readonly #waiting: Task[] = [];
  #most = 0;

  constructor(size: number) {
    this.#threads = Array.from({ length: size }, () => new Worker(thread, { eval: true }));
    this.#idle = [...this.#threads];
  }

  /** Resolves once a thread has been occupied for so long. */
  work(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ milliseconds, done: resolve });
    this.#most = Math.max(this.#most, this.#threads.length - this.#idle.length + this.#waiting.length);
    this.#next();
    return promise;
  }

  /** The most requests that were here at once, in work or waiting, since it was last asked. */
  takeMost(): number {
    const most = this.#most;
    this.#most = 0;
    return most;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((worker) => worker.terminate()));
  }

  #next(): void {
    const [worker, task] = [this.#idle[0], this.#waiting[0]];
    if (worker === undefined || task === undefined) return;
    this.#idle.shift();
    this.#waiting.shift();
    worker.once("message", () => {
      this.#idle.push(worker);
      task.done();
      this.#next();
    });
    worker.postMessage(task.milliseconds);
  }
}
