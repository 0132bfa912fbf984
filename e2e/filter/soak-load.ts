// Distinct ids enter an Envoy, as fast as raw sockets send them; its resident memory leaves, sample by sample.
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { startEnvoy } from "../envoy/envoy.ts";
import { answerByLevel, bootstrap, filterText, ladder } from "./bootstrap.ts";

export interface Sample {
  /** Sent until now. */
  readonly ids: number;
  /** Resident memory of Envoy, kB. */
  readonly rss: number;
}

export interface Soak {
  readonly samples: readonly Sample[];
  readonly seconds: number;
}

const port = 15006;
/** One request at a time on each: Envoy resets a connection that pipelines requests which it answers itself. */
const connections = 64;

/** VmRSS of proc_pid_status(5), kB. @throws when the process is gone */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

function requestText(id: number): string {
  const trace = id.toString(16).padStart(32, "1");
  const level = ladder.levels[id % ladder.levels.length];
  return `GET / HTTP/1.1\r\nhost: a\r\nx-request-id: request ${id}\r\ntraceparent: 00-${trace}-00f067aa0ba902b7-01\r\nx-request-priority: ${level}\r\n\r\n`;
}

const answerEnd = "\r\n\r\nok";

/** Sends `count` requests over one connection, the first with id `from`; resolves when each is answered by 200. */
function send(socket: Socket, from: number, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let answered = 0;
    let text = "";
    const read = (chunk: string): void => {
      text += chunk;
      if (!text.endsWith(answerEnd)) return;
      if (!text.startsWith("HTTP/1.1 200 OK")) reject(new Error(`Envoy answered: ${text}`));
      text = "";
      answered += 1;
      if (answered < count) socket.write(requestText(from + answered));
      else {
        socket.off("data", read);
        resolve();
      }
    };
    socket.on("data", read);
    socket.removeAllListeners("close").once("close", () => reject(new Error("Envoy closed a connection")));
    socket.removeAllListeners("error").once("error", reject);
    socket.write(requestText(from));
  });
}

async function open(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket;
}

/** @param samples how many, at equal distances */
export async function runSoak(ids: number, samples: number, progress = (_: Sample): void => {}): Promise<Soak> {
  const listener = {
    name: "inbound",
    port,
    filter: filterText({ role: "inbound" }),
    routes: answerByLevel(ladder.levels),
  };
  const envoy = await startEnvoy({ bootstrap: bootstrap([listener]), concurrency: 2 });
  const begin = performance.now();
  const taken: Sample[] = [];
  try {
    const sockets = await Promise.all(Array.from({ length: connections }, open));
    const share = Math.ceil(ids / samples / connections);
    let sent = 0;
    for (let i = 0; i < samples; i++) {
      await Promise.all(sockets.map((socket, index) => send(socket, sent + index * share, share)));
      sent += share * connections;
      taken.push({ ids: sent, rss: residentMemory(envoy.pid) });
      progress(taken[i]!);
    }
    for (const socket of sockets) socket.removeAllListeners("close").destroy();
  } finally {
    await envoy.stop();
  }
  return { samples: taken, seconds: (performance.now() - begin) / 1000 };
}
