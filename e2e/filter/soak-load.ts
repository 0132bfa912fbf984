// Sends requests through a sidecar's inbound listener, each followed by the call that it causes, and reports every wrong level. Half of the
// requests have the default level, which is no header. Half of them have an id of their own; the others share one with one or two requests
// in flight at the same moment, as retries, mirrored requests and both arms of a diamond do, where an application lowered some of them.

import { ladder } from "../envoy/bootstrap.ts";
import { random } from "../measure/random.ts";
import { limitOf } from "../process/limit.ts";
import { Connection, seenLevelOf, statusOf } from "./connection.ts";
import { ports } from "./sidecar.ts";

export interface SoakLoad {
  readonly requests: number;
  /** After this time no further requests are sent. */
  readonly seconds: number;
  readonly seed: number;
  /** Called after each request, with the number of requests done. */
  progress(done: number): void;
}

export interface SoakCounts {
  readonly requests: number;
  /** Requests that shared their id with others in flight. */
  readonly duplicates: number;
  /** Those of them whose levels were not all the same. */
  readonly disagreeing: number;
  /** Calls with a level that no live request with the id had, or with a level lower than the highest one that was already stored. */
  readonly wrong: number;
  /** Calls without a level whose cause was demoted, because it was no longer stored. */
  readonly lost: number;
  /** Requests answered with a status other than 200. */
  readonly errors: number;
  /** The first few of the last three, for a person to read. */
  readonly examples: readonly string[];
}

/** Two connections, each on the worker that the kernel chose. */
interface Lane {
  readonly inbound: Connection;
  readonly outbound: Connection;
}

/** Requests with one id, and their state. */
interface Group {
  readonly header: string;
  readonly ranks: readonly number[];
  /** The highest level (lowest rank) among the requests that inbound has answered. */
  answered: number;
  /** Requests whose call is not answered yet. */
  open: number;
}

const lanes = 64;
/** As headers, highest first: the default level is no header. */
const levels: readonly string[] = ladder.levels.map((level) => (level === ladder.defaultLevel ? "" : level));
const unknown = levels.length;

const inboundText = (header: string, level: string): string =>
  `GET / HTTP/1.1\r\nhost: a\r\n${header}${level === "" ? "" : `x-request-priority: ${level}\r\n`}\r\n`;
const outboundText = (header: string): string => `GET / HTTP/1.1\r\nhost: a\r\n${header}\r\n`;

/** Alternates between request ids and trace ids; no two numbers get the same. */
function idHeader(seed: number, index: number): string {
  if (index % 2 === 0) return `x-request-id: ${seed} ${index}\r\n`;
  const trace = `${seed.toString(16).padStart(16, "0")}${(index + 1).toString(16).padStart(16, "0")}`;
  return `traceparent: 00-${trace}-00f067aa0ba902b7-01\r\n`;
}

class Soak {
  readonly #load: SoakLoad;
  readonly #next: () => number;
  readonly #free: Lane[];
  readonly #finish: () => void;
  readonly counts = { requests: 0, duplicates: 0, disagreeing: 0, wrong: 0, lost: 0, errors: 0 };
  readonly examples: string[] = [];
  #started = 0;
  #groups = 0;
  readonly #end: number;

  constructor(load: SoakLoad, free: readonly Lane[], finish: () => void) {
    this.#load = load;
    this.#next = random(load.seed);
    this.#free = [...free];
    this.#finish = finish;
    this.#end = performance.now() + load.seconds * 1000;
  }

  #isOver(): boolean {
    return this.#started >= this.#load.requests || performance.now() >= this.#end;
  }

  #pick(count: number): number {
    return Math.floor(this.#next() * count);
  }

  /** Half of the requests have the default level. */
  #level(): number {
    return this.#next() < 0.5 ? 0 : 1 + this.#pick(levels.length - 1);
  }

  /** Starts groups as long as lanes are free. */
  fill(): void {
    while (this.#free.length >= 3 && !this.#isOver()) {
      const left = this.#load.requests - this.#started;
      // Half of the requests are alone: for five that are alone, there is one group of two and one of three.
      const size = Math.min(left, this.#groups % 7 < 5 ? 1 : 2 + (this.#groups % 7) - 5);
      this.#start(size);
    }
  }

  #start(size: number): void {
    const first = this.#level();
    const agree = size === 1 || this.#next() < 0.5;
    const ranks = Array.from({ length: size }, () => (agree ? first : this.#level()));
    const header = idHeader(this.#load.seed, this.#groups);
    const group: Group = { header, ranks, answered: unknown, open: size };
    this.#groups += 1;
    this.#started += size;
    if (size > 1) this.counts.duplicates += size;
    if (ranks.some((rank) => rank !== first)) this.counts.disagreeing += size;
    for (const rank of ranks) this.#receive(group, rank, this.#free.pop()!);
  }

  #receive(group: Group, rank: number, lane: Lane): void {
    lane.inbound.send(inboundText(group.header, levels[rank]!), {
      answered: (text) => {
        if (statusOf(text) !== 200) this.#error(`inbound: ${text}`);
        else if (seenLevelOf(text) !== levels[rank])
          this.#wrong(group, `inbound made ${ladder.levels[rank]} ${seenLevelOf(text)}`);
        group.answered = Math.min(group.answered, rank);
        this.#call(group, lane);
      },
      lost: (reason) => this.#error(`inbound: ${reason}`),
    });
  }

  #call(group: Group, lane: Lane): void {
    const known = group.answered;
    lane.outbound.send(outboundText(group.header), {
      answered: (text) => {
        if (statusOf(text) !== 200) this.#error(`outbound: ${text}`);
        else this.#check(group, known, seenLevelOf(text));
        this.#done(group, lane);
      },
      lost: (reason) => this.#error(`outbound: ${reason}`),
    });
  }

  /** The level must lie between the highest of all requests with the id and the highest of those stored before the call. */
  #check(group: Group, known: number, seen: string): void {
    const rank = levels.indexOf(seen);
    if (seen === "" && !group.ranks.includes(rank)) {
      this.counts.lost += 1;
      this.#note(group, "the call has no level");
    } else if (!group.ranks.includes(rank) || rank > known) this.#wrong(group, `the call has ${seen}`);
  }

  #wrong(group: Group, what: string): void {
    this.counts.wrong += 1;
    this.#note(group, what);
  }

  #error(what: string): void {
    this.counts.errors += 1;
    if (this.examples.length < 5) this.examples.push(what);
  }

  #note(group: Group, what: string): void {
    const sent = group.ranks.map((rank) => ladder.levels[rank]).join(", ");
    if (this.examples.length < 5) this.examples.push(`${group.header.trim()} sent ${sent}: ${what}`);
  }

  #done(group: Group, lane: Lane): void {
    group.open -= 1;
    this.#free.push(lane);
    this.counts.requests += 1;
    this.#load.progress(this.counts.requests);
    if (!this.#isOver()) this.fill();
    else if (this.counts.requests === this.#started) this.#finish();
  }
}

async function openLane(): Promise<Lane> {
  return { inbound: await Connection.open(ports.inbound), outbound: await Connection.open(ports.outbound) };
}

/** After this the proxy stores default levels too. */
function demoteOne(inbound: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = (reason: string): void => reject(new Error(reason));
    inbound.send(inboundText("x-request-id: before the soak\r\n", ladder.levels.at(-1)!), {
      answered: () => resolve(),
      lost,
    });
  });
}

/** @throws when no response arrives for a long time, or a connection is lost */
export async function runSoakLoad(load: SoakLoad): Promise<SoakCounts> {
  const open = await Promise.all(Array.from({ length: lanes }, openLane));
  await demoteOne(open[0]!.inbound);
  let watch: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const soak = new Soak(load, open, () => resolve({ ...soak.counts, examples: soak.examples }));
      let before = -1;
      watch = setInterval(() => {
        if (soak.counts.requests === before)
          reject(new Error(`no more answers after ${before} requests: ${soak.examples.join("; ")}`));
        before = soak.counts.requests;
      }, limitOf(10) * 1000);
      soak.fill();
    });
  } finally {
    clearInterval(watch);
    for (const { inbound, outbound } of open) {
      inbound.close();
      outbound.close();
    }
  }
}
