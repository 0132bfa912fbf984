// Keeps a second agent from the node: only one process can have the name of an abstract socket in a network namespace.
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Lock = { readonly release: () => Promise<void> };

/** Milliseconds between attempts to take a held lock. */
const pause = 1000;

/**
 * Waits until no other agent holds the node, such as the previous one during an upgrade. The kernel releases the name when its process ends
 * in any way, so there is never a stale lock. `waiting` is called once.
 */
export async function lockNode(
  name: string,
  { signal, waiting = () => {} }: { readonly signal?: AbortSignal; readonly waiting?: () => void } = {},
): Promise<Lock> {
  for (let isFirst = true; ; isFirst = false) {
    const lock = await tryLock(name);
    if (lock !== undefined) return lock;
    if (isFirst) waiting();
    await sleep(pause, undefined, signal === undefined ? {} : { signal });
  }
}

/** Undefined if another process has it. */
export function tryLock(name: string): Promise<Lock | undefined> {
  return new Promise((done, fail) => {
    const server: Server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? done(undefined) : fail(error),
    );
    // A name that begins with NUL is abstract: it is not a file, and belongs to the network namespace, which for the agent is the node's.
    server.listen({ path: `\0${name}` }, () =>
      done({ release: () => new Promise((released) => server.close(() => released())) }),
    );
    // The lock alone does not keep the process alive.
    server.unref();
  });
}
