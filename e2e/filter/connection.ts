// One HTTP/1.1 connection as lean as a client can be. It sends one request at a time, because Envoy resets a connection that pipelines
// requests which it answers itself.
import { connect, type Socket } from "node:net";

export interface Watcher {
  /** The whole answer, head and body, one character per byte. */
  answered(text: string): void;
  /** The connection ended or broke; nothing more comes. */
  lost(reason: string): void;
}

const headEnd = "\r\n\r\n";

/** Every answer of an Envoy that it makes itself has a content-length. */
function isWhole(text: string): boolean {
  // What the tests' routes answer, first: it spares most answers the search.
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

  /** To a port of this machine. @throws when nobody listens there */
  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Connection(socket);
  }

  /** `request` is all bytes of a request without a body. Only after the answer to the one before. */
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

/** The level header that the filter left on the request, as the routes of bootstrap.ts tell it; "" where it left none. */
export function seenLevelOf(answer: string): string {
  const at = answer.indexOf(seenLevel);
  if (at < 0) return "";
  const start = at + seenLevel.length;
  return answer.slice(start, answer.indexOf("\r", start));
}
