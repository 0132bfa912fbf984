// The load generator, a separate process: messages say what to send, and it answers with its counts. It is a closed loop: each connection
// sends its next request once it has the whole response.
import { connect, type Socket } from "node:net";
import { workerTimes } from "../envoy/workers.ts";
import { quantile } from "../measure/statistics.ts";
import { RequestBytes, type Shape } from "./requests.ts";
import { ResponseReader } from "./response-reader.ts";

export interface Slice {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly shape: Shape;
  readonly connections: number;
  /** The slice ends after this time or this many requests, whichever comes first. */
  readonly seconds: number;
  readonly requests?: number;
  /** The Envoy whose workers' CPU time is counted. */
  readonly pid: number;
}

export interface SliceResult {
  readonly requests: number;
  readonly seconds: number;
  /** CPU time of each of Envoy's workers, seconds. */
  readonly workers: readonly number[];
  /** Latency, microseconds. */
  readonly p50: number;
  readonly p99: number;
}

class Connection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  #request: RequestBytes | undefined;
  #answered: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let connection: Connection | undefined;
      const callback = (size: number, bytes: Uint8Array): boolean => {
        connection?.read(bytes as Buffer, size);
        return true;
      };
      const socket = connect({
        port,
        host: "127.0.0.1",
        noDelay: true,
        onread: { buffer: Buffer.alloc(4096), callback },
      });
      connection = new Connection(socket);
      socket.once("connect", () => resolve(connection as Connection)).once("error", reject);
      socket.once("close", () => fail(new Error("Envoy closed a connection")));
    });
  }

  read(bytes: Buffer, size: number): void {
    try {
      if (this.#reader.read(bytes, size) === 1) this.#answered();
    } catch (error) {
      fail(error);
    }
  }

  shape(shape: Shape, answered: () => void): void {
    this.#request = new RequestBytes(shape);
    this.#answered = answered;
  }

  send(index: number): void {
    this.#request?.set(index);
    this.#socket.write(this.#request?.bytes as Buffer);
  }
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

const pools = new Map<number, Connection[]>();

async function connectionsTo(port: number, count: number): Promise<readonly Connection[]> {
  const pool = pools.get(port) ?? [];
  pools.set(port, pool);
  while (pool.length < count) pool.push(await Connection.open(port));
  return pool.slice(0, count);
}

/**
 * Requests sent with new ids, counted across slices so that no slice repeats the ids of another. It begins beyond the ids that repeat,
 * because those belong to demoted requests.
 */
let sent = 1 << 20;
let samples = new Float64Array(65_536);

async function play({
  port,
  shape,
  connections,
  seconds,
  requests = Number.POSITIVE_INFINITY,
  pid,
}: Slice): Promise<SliceResult> {
  const pool = await connectionsTo(port, connections);
  const before = workerTimes(pid);
  const start = performance.now();
  const end = start + seconds * 1000;
  let started = 0;
  let answered = 0;
  await new Promise<void>((resolve) => {
    for (const connection of pool) {
      let began = start;
      const next = (): void => {
        began = performance.now();
        connection.send(sent++);
        started++;
      };
      connection.shape(shape, () => {
        const now = performance.now();
        if (answered === samples.length) {
          const larger = new Float64Array(samples.length * 2);
          larger.set(samples);
          samples = larger;
        }
        samples[answered++] = now - began;
        if (now < end && started < requests) next();
        else if (answered === started) resolve();
      });
      if (started < requests) next();
    }
  });
  const stop = performance.now();
  const after = workerTimes(pid);
  const sorted = samples.subarray(0, answered).slice().sort();
  return {
    requests: answered,
    seconds: (stop - start) / 1000,
    workers: after.map((time, index) => (time - (before[index] ?? 0)) / 1000),
    p50: quantile(sorted, 0.5) * 1000,
    p99: quantile(sorted, 0.99) * 1000,
  };
}

process.on("message", (slice: Slice) => {
  play(slice).then((result) => process.send?.(result), fail);
});
process.on("disconnect", () => process.exit(0));
