// Reports at once when devices, addresses, routes or queues change in the current network namespace.
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { isSubscribed } from "./netlink-subscription.ts";

/**
 * Both print a line for each event, and nothing else. There is no monitor for rules, because nft would keep all rules of the node in memory
 * for that.
 */
const monitors = [
  { command: "ip", args: ["monitor", "link", "address", "route"] },
  { command: "tc", args: ["monitor"] },
] as const;

export type KernelEvents = { readonly stop: () => void };

export type KernelEventsOptions = {
  /** Also called for Expedite's own changes, and once for each monitor that begins to receive events: earlier ones were not reported. */
  readonly changed: () => void;
  /** Called when a monitor ended; it is restarted. */
  readonly ended: (message: string) => void;
  /** Milliseconds until the restart, doubled each time up to the longest. */
  readonly restart?: { readonly first: number; readonly longest: number };
};

export function watchKernel({
  changed,
  ended,
  restart = { first: 1_000, longest: 60_000 },
}: KernelEventsOptions): KernelEvents {
  const children = new Set<ChildProcess>();
  let isStopped = false;

  const start = ({ command, args }: (typeof monitors)[number], delay: number): void => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    children.add(child);
    const alive = (): boolean => !isStopped && children.has(child);
    const look = (): void => {
      if (alive()) changed();
    };
    if (child.pid !== undefined) void subscribed(child.pid, alive).then(look, look);
    let said = "";
    let next = delay;
    child.stdout.on("data", () => {
      next = restart.first;
      changed();
    });
    child.stderr.on("data", (text: Buffer) => {
      said = (said + text.toString()).slice(-300);
    });
    const again = (why: string): void => {
      if (!children.delete(child) || isStopped) return;
      ended(`${[command, ...args].join(" ")} ended: ${said.trim() || why}`);
      setTimeout(() => {
        if (!isStopped) start({ command, args } as (typeof monitors)[number], Math.min(next * 2, restart.longest));
      }, next).unref();
    };
    child.once("error", (error) => again(error.message));
    child.once("close", (code, signal) => again(signal ?? `exit code ${code}`));
  };
  for (const monitor of monitors) start(monitor, restart.first);
  return {
    stop: () => {
      isStopped = true;
      for (const child of children) child.kill();
    },
  };
}

/** Resolves once the process receives events, or has ended. A machine that is busy takes a while to start it. */
async function subscribed(pid: number, alive: () => boolean): Promise<void> {
  for (let delay = 10; alive() && !(await isSubscribed(pid)); delay = Math.min(2 * delay, 500)) await sleep(delay);
}
