// Keeps a second agent from the node: only one process can have the name of an abstract socket in a network namespace.
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Lock = { readonly release: () => Promise<void> };

/** Milliseconds: how often a held lock is tried again. */
const pause = 1000;

/**
 * Waits until no other agent holds the node, for example the old one during an upgrade. The kernel releases the name when its process ends, however
 * that ends, so no stale lock can be left. `waiting` is called once.
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

/** Undefined: somebody else has it. */
export function tryLock(name: string): Promise<Lock | undefined> {
  return new Promise((done, fail) => {
    const server: Server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? done(undefined) : fail(error),
    );
    // A name that begins with NUL is abstract: no file, and of the network namespace, which for the agent is the node's.
    server.listen({ path: `\0${name}` }, () =>
      done({ release: () => new Promise((released) => server.close(() => released())) }),
    );
    // The lock alone keeps no process alive.
    server.unref();
  });
}
