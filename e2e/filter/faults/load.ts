// Sends requests through a proxy's inbound listener continuously, each followed by the call that it causes, and reports their outcomes
// since the last report. A call with the level of its request joined; one without a level fell back to the default.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ladder } from "../../envoy/bootstrap.ts";
import { limitOf } from "../../process/limit.ts";
import { waitUntil } from "../../process/wait.ts";
import { Connection, seenLevelOf, statusOf } from "../connection.ts";
import { ports } from "../sidecar.ts";

export interface Outcomes {
  /** Calls with the level of their request. */
  readonly joined: number;
  /** Calls without a level, which therefore went at the default level. */
  readonly fellBack: number;
  /** Calls with any other level. */
  readonly wrong: number;
  /** Responses with a status other than 200, and requests without a response, by their text. */
  readonly errors: readonly string[];
}

/** No fault of the filter may do more than remove levels. */
export function assertUnharmed({ wrong, errors }: Outcomes): void {
  assert.deepEqual({ wrong, errors: errors.slice(0, 3) }, { wrong: 0, errors: [] });
}

const lanes = 16;
/** Milliseconds between a lane's requests: some 600 a second are load enough, and leave the cores to other tests. */
const pause = 20;
const closing = "\r\nconnection: close\r\n";

let last = 0;

/** Requests keep their level whatever happens to the filter, because their sender has set it. */
const requestText = (id: string, level: string): string =>
  `GET / HTTP/1.1\r\nhost: a\r\nx-request-id: ${id}\r\nx-request-priority: ${level}\r\n\r\n`;
const callText = (id: string): string => `GET / HTTP/1.1\r\nhost: a\r\nx-request-id: ${id}\r\n\r\n`;

/** The text of the response. @throws when none comes, or the connection ends */
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
  /** For each lane, the number of requests that were answered or failed. */
  readonly #passed: number[] = Array(lanes).fill(0);
  readonly #lanes: readonly Promise<void>[];

  private constructor() {
    this.#lanes = this.#passed.map((_, index) => this.#drive(index));
  }

  /** Starts at once, and ends with stop(). */
  static start(): Load {
    return new Load();
  }

  /** The outcomes since the last call. */
  take(): Outcomes {
    const outcomes = { ...this.#counts, errors: this.#errors };
    this.#counts = { joined: 0, fellBack: 0, wrong: 0 };
    this.#errors = [];
    return outcomes;
  }

  /** Resolves once the requests in flight and more of each lane have ended, so that their outcomes reflect the current state. */
  async everyLane(more = 3): Promise<void> {
    const before = [...this.#passed];
    await waitUntil({ what: "every lane has answers", seconds: 30 }, () =>
      before.every((count, index) => this.#passed[index]! >= count + more),
    );
  }

  /** The last outcomes, after every request in flight is answered. */
  async stop(): Promise<Outcomes> {
    this.#running = false;
    await Promise.all(this.#lanes);
    return this.take();
  }

  /** Reopens connections that the proxy closes after a response, as a replaced listener does. */
  async #drive(index: number): Promise<void> {
    let lane = await openLane();
    while (this.#running) {
      const isClosing = await this.#pass(lane).catch((error: Error) => {
        this.#errors.push(error.message);
        return true;
      });
      this.#passed[index]! += 1;
      if (isClosing) {
        closeLane(lane);
        lane = await openLane();
      }
      await sleep(pause);
    }
    closeLane(lane);
  }

  /** Returns whether the proxy announced that it closes one of the connections. */
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
    else this.#countLevel(level, seenLevelOf(called));
    return received.includes(closing) || called.includes(closing);
  }

  #countLevel(level: string, seen: string): void {
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
