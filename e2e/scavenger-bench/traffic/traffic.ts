// Starts the traffic programs in the network's namespaces, and talks with them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Latencies, Received, SenderOrder } from "./messages.ts";

/** Before whatever else the machine does: a sender that waits for a core is no queue in the network. */
const firstOfAll = ["chrt", "--rr", "10"] as const;

/** A namespace, and whether its programs have real-time priority. */
type Place = { readonly netns: string; readonly realTime: boolean };

/** One program, which answers every message with one message. */
class Program {
  readonly #name: string;
  readonly #child: ChildProcess;

  constructor({ netns, realTime }: Place, name: string, args: readonly string[] = []) {
    this.#name = name;
    const file = join(import.meta.dirname, `${name}.ts`);
    const priority = realTime ? firstOfAll : [];
    this.#child = spawn("nsenter", [`--net=/run/netns/${netns}`, ...priority, process.execPath, file, ...args], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  /** The next message. @throws when the program ends first */
  answer<Answer>(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`${this.#name} ended`));
      this.#child.once("exit", ended);
      this.#child.once("message", (message) => {
        this.#child.off("exit", ended);
        resolve(message as Answer);
      });
    });
  }

  ask<Answer>(message: object): Promise<Answer> {
    const answer = this.answer<Answer>();
    this.#child.send(message);
    return answer;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

export interface Traffic {
  order(order: SenderOrder): Promise<void>;
  received(): Promise<Received>;
  /** New connections, because one that lost packets to an earlier phase may wait for seconds. */
  startRequests(): Promise<Requests>;
  stop(): Promise<void>;
}

interface Requests {
  /** Those since the last call. */
  latencies(): Promise<Latencies>;
  stop(): Promise<void>;
}

export interface Ends {
  readonly sender: string;
  readonly receiver: string;
  /** The address for requests. */
  readonly host: string;
  readonly requestsPerSecond: number;
  /** Whether the programs go before everything else on the machine. */
  readonly realTime: boolean;
}

export async function startTraffic({ host, requestsPerSecond, realTime, ...names }: Ends): Promise<Traffic> {
  const [sender, receiver] = [names.sender, names.receiver].map((netns): Place => ({ netns, realTime })) as [
    Place,
    Place,
  ];
  const counting = new Program(receiver, "receiver");
  const answering = new Program(receiver, "answers");
  await Promise.all([counting.answer(), answering.answer()]);
  const sending = new Program(sender, "sender");
  return {
    order: (order) => sending.ask(order),
    received: () => counting.ask({}),
    startRequests: async () => {
      const requesting = new Program(sender, "requests", [host, `${requestsPerSecond}`]);
      await requesting.answer();
      return { latencies: () => requesting.ask({}), stop: () => requesting.stop() };
    },
    stop: async () => {
      for (const program of [sending, counting, answering]) await program.stop();
    },
  };
}
