// Clients for exchanges that are more than one request and one response: an upgraded connection, a WebSocket over HTTP/2 and a gRPC stream.
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { limitOf } from "../../process/limit.ts";

/** Sends each text on a raw connection once the previous answer has ended as given. @returns the first line, and what followed the head */
export function talk(port: number, ...texts: readonly (readonly [text: string, end: string])[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1").setEncoding("latin1");
    const rest = [...texts];
    let read = "";
    const next = (): void => {
      if (rest[0] === undefined) return void socket.destroy();
      socket.write(rest[0][0]);
    };
    socket.once("connect", next);
    socket.on("data", (chunk) => {
      read += chunk;
      if (rest[0] !== undefined && read.endsWith(rest[0][1])) {
        rest.shift();
        next();
      }
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(`${read.split("\r\n")[0]} ${read.split("\r\n\r\n")[1]}`));
    socket.setTimeout(limitOf(5) * 1000, () => socket.destroy(new Error(`no answer: ${read}`)));
  });
}

/** The head of an HTTP/1.1 request. */
export const lines = (first: string, headers: Record<string, string>): string =>
  [first, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");

/** A WebSocket over HTTP/2 (RFC 8441, extended CONNECT): returns the status, and the echo of two messages. */
export async function webSocket(port: number, headers: Record<string, string>): Promise<readonly unknown[]> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    await new Promise((resolve, reject) => session.once("remoteSettings", resolve).once("error", reject));
    const request = session.request({
      ...{ ":method": "CONNECT", ":protocol": "websocket", ":scheme": "http", ":authority": "a", ":path": "/chat" },
      ...{ ...headers, "x-plain": "1" },
    });
    const status = new Promise((resolve, reject) =>
      request.once("response", (answer) => resolve(answer[":status"])).once("error", reject),
    );
    const got: unknown[] = [await status];
    for (const message of ["ping", "pong"]) {
      request.write(message);
      got.push(await new Promise<string>((resolve) => request.once("data", (data: Buffer) => resolve(`${data}`))));
    }
    return got;
  } finally {
    session.destroy();
  }
}

/** Sends messages, each after the echo of the previous one, and then returns what the trailers say. */
export async function stream(port: number, headers: Record<string, string>): Promise<readonly unknown[]> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const request = session.request(
      {
        ":method": "POST",
        ":path": "/shop.Reviews/Watch",
        "content-type": "application/grpc",
        te: "trailers",
        ...headers,
        "x-grpc": "1",
      },
      { endStream: false },
    );
    const status = new Promise((resolve) => request.once("response", (answer) => resolve(answer[":status"])));
    const trailers = new Promise<Record<string, unknown>>((resolve) => request.once("trailers", resolve));
    const got: string[] = [];
    for (const message of ["one", "two", "three"]) {
      request.write(message);
      got.push(await new Promise<string>((resolve) => request.once("data", (data: Buffer) => resolve(`${data}`))));
    }
    request.end();
    return [await status, ...got, (await trailers)["grpc-status"]];
  } finally {
    session.destroy();
  }
}
