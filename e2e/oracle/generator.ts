// Runs the generator (generator/main.go): one process per core of the machine, each with one mesh at a time.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import pLimit from "p-limit";
import { binaryOf, generators } from "../kubernetes/build/parts.ts";
import type { IstioVersion } from "./istio-versions.ts";
import type { Answer, Request } from "./protocol.ts";

/** After this many meshes, a process is replaced to release its memory. */
const meshesPerProcess = 400;

class Worker {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #said = "";
  #served = 0;

  constructor(binary: string) {
    this.#child = spawn(binary, [], { env: { ...process.env, GOMAXPROCS: "2" } });
    this.#child.stderr.on("data", (text) => {
      this.#said = `${this.#said}${text}`.slice(-4000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get isWornOut(): boolean {
    return this.#served >= meshesPerProcess;
  }

  async ask(request: object): Promise<Answer> {
    this.#served++;
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the generator ended: ${this.#said}`);
    return JSON.parse(value) as Answer;
  }

  async end(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await closed;
  }
}

export class Generator {
  readonly #binary: string;
  readonly #idle: Worker[] = [];
  readonly size = availableParallelism();
  readonly #limit = pLimit(this.size);

  constructor(version: IstioVersion) {
    this.#binary = binaryOf(generators[version]);
    if (!existsSync(this.#binary))
      throw new Error(`The generator for Istio ${version} is not built; build it with: npm run oracle`);
  }

  ask(request: Request): Promise<Answer> {
    return this.#limit(async () => {
      const worker = this.#idle.pop() ?? new Worker(this.#binary);
      const answer = await worker.ask(request);
      if (worker.isWornOut) await worker.end();
      else this.#idle.push(worker);
      return answer;
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.end()));
  }
}
