// One HTTP/1.1 connection, as lean as a client can be. It sends one request at a time, because Envoy resets a connection with pipelined
// requests that Envoy answers itself.
import { connect, type Socket } from "node:net";

export interface Watcher {
  /** Called with the whole response, head and body, one character per byte. */
  answered(text: string): void;
  /** Called when the connection ends or breaks; no more responses follow. */
  lost(reason: string): void;
}

const headEnd = "\r\n\r\n";

/** Every response that Envoy makes itself has a content-length. */
function isWhole(text: string): boolean {
  // Most responses end like those of the tests' routes, so this check saves most searches.
  if (text.endsWith(`${headEnd}ok`)) return true;
  const end = text.indexOf(headEnd);
  if (end < 0) return false;
  const [, length = "0"] = /\r\ncontent-length: (\d+)/.exec(text.slice(0, end)) ?? [];
  return text.length >= end + headEnd.length + Number(length);
}

export class Connection {
  readonly #socket: Socket;
  #watcher: Watcher | undefined;
  #text = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: unknown) => this.#read(chunk as string));
    socket.on("error", (error) => this.#end(error.message));
    socket.on("close", () => this.#end("Envoy closed the connection"));
  }

  /** Connects to a port of this machine. @throws when nothing listens there */
  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Connection(socket);
  }

  /** Sends all bytes of a request without a body; only after the response to the previous one. */
  send(request: string, watcher: Watcher): void {
    this.#watcher = watcher;
    this.#socket.write(request, "latin1");
  }

  close(): void {
    this.#watcher = undefined;
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#text = this.#text === "" ? chunk : this.#text + chunk;
    if (!isWhole(this.#text)) return;
    const text = this.#text;
    this.#text = "";
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.answered(text);
  }

  #end(reason: string): void {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.lost(reason);
  }
}

export function statusOf(answer: string): number {
  return Number(answer.slice(9, 12));
}

const seenLevel = "\r\nx-seen-level: ";

/** The level header that the filter left on the request, as the routes of bootstrap.ts report it; "" if there is none. */
export function seenLevelOf(answer: string): string {
  const at = answer.indexOf(seenLevel);
  if (at < 0) return "";
  const start = at + seenLevel.length;
  return answer.slice(start, answer.indexOf("\r", start));
}
