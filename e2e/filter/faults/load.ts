// Sends requests through a proxy's inbound listener without end, each followed by the call that it causes, and says what became of them
// since the last time it was asked. A call that has the level of its request joined; one without a level fell back to the default.
import assert from "node:assert/strict";
import { ladder } from "../../envoy/bootstrap.ts";
import { limitOf } from "../../process/limit.ts";
import { waitUntil } from "../../process/wait.ts";
import { Connection, seenLevelOf, statusOf } from "../connection.ts";
import { ports } from "../sidecar.ts";

export interface Outcomes {
  /** Calls that had the level of their request. */
  readonly joined: number;
  /** Calls that had none, so that they went at the default level. */
  readonly fellBack: number;
  /** Calls that had another level. */
  readonly wrong: number;
  /** Answers by another status than 200, and requests without an answer, by what was said. */
  readonly errors: readonly string[];
}

/** No fault of the filter may do more than take levels away. */
export function assertUnharmed({ wrong, errors }: Outcomes): void {
  assert.deepEqual({ wrong, errors: errors.slice(0, 3) }, { wrong: 0, errors: [] });
}

const lanes = 16;
const closing = "\r\nconnection: close\r\n";

let last = 0;

/** Requests keep their level however the filter fares: their sender has set it. */
const requestText = (id: string, level: string): string =>
  `GET / HTTP/1.1\r\nhost: a\r\nx-request-id: ${id}\r\nx-request-priority: ${level}\r\n\r\n`;
const callText = (id: string): string => `GET / HTTP/1.1\r\nhost: a\r\nx-request-id: ${id}\r\n\r\n`;

/** The text of the answer. @throws when none comes, or the connection ends */
export function ask(connection: Connection, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hang = setTimeout(() => reject(new Error("no answer")), limitOf(5) * 1000);
    const settle = (finish: () => void): void => {
      clearTimeout(hang);
      finish();
    };
    connection.send(text, {
      answered: (answer) => settle(() => resolve(answer)),
      lost: (reason) => settle(() => reject(new Error(reason))),
    });
  });
}

export class Load {
  #counts = { joined: 0, fellBack: 0, wrong: 0 };
  #errors: string[] = [];
  #running = true;
  /** Of each lane, the requests that were answered or failed. */
  readonly #passed: number[] = Array(lanes).fill(0);
  readonly #lanes: readonly Promise<void>[];

  private constructor() {
    this.#lanes = this.#passed.map((_, index) => this.#drive(index));
  }

  /** Starts at once; ends with stop(). */
  static start(): Load {
    return new Load();
  }

  /** Since the last look. */
  take(): Outcomes {
    const outcomes = { ...this.#counts, errors: this.#errors };
    this.#counts = { joined: 0, fellBack: 0, wrong: 0 };
    this.#errors = [];
    return outcomes;
  }

  /** Resolves when the requests under way and more of each lane have ended: what they find is what there is now. */
  async everyLane(more = 3): Promise<void> {
    const before = [...this.#passed];
    await waitUntil({ what: "every lane has answers", seconds: 30 }, () =>
      before.every((count, index) => this.#passed[index]! >= count + more),
    );
  }

  /** The last outcomes, after every request under way was answered. */
  async stop(): Promise<Outcomes> {
    this.#running = false;
    await Promise.all(this.#lanes);
    return this.take();
  }

  /** Connections that the proxy closes politely, after an answer, are opened again: a listener that is replaced does so. */
  async #drive(index: number): Promise<void> {
    let lane = await openLane();
    while (this.#running) {
      const isClosing = await this.#pass(lane).catch((error: Error) => {
        this.#errors.push(error.message);
        return true;
      });
      this.#passed[index]! += 1;
      if (!isClosing) continue;
      closeLane(lane);
      lane = await openLane();
    }
    closeLane(lane);
  }

  /** True where the proxy said that it closes one of the connections. */
  async #pass({ inbound, outbound }: Lane): Promise<boolean> {
    last += 1;
    const id = `load ${last}`;
    const level = ladder.levels[1 + (last % 2)]!;
    const received = await ask(inbound, requestText(id, level));
    if (statusOf(received) !== 200) {
      this.#errors.push(`inbound: ${received}`);
      return received.includes(closing);
    }
    const called = await ask(outbound, callText(id));
    if (statusOf(called) !== 200) this.#errors.push(`outbound: ${called}`);
    else this.#judge(level, seenLevelOf(called));
    return received.includes(closing) || called.includes(closing);
  }

  #judge(level: string, seen: string): void {
    if (seen === level) this.#counts.joined += 1;
    else if (seen === "") this.#counts.fellBack += 1;
    else this.#counts.wrong += 1;
  }
}

interface Lane {
  readonly inbound: Connection;
  readonly outbound: Connection;
}

async function openLane(): Promise<Lane> {
  return { inbound: await Connection.open(ports.inbound), outbound: await Connection.open(ports.outbound) };
}

function closeLane({ inbound, outbound }: Lane): void {
  inbound.close();
  outbound.close();
}
