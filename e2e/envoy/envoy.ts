// Starts one Envoy from a configuration and waits until it is ready; its admin interface can then be queried.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { limitOf, scaleLimits } from "../process/limit.ts";
import { getText } from "./admin.ts";

export interface EnvoyOptions {
  /** The bootstrap, written as JSON. Its admin address is replaced by a Unix socket. */
  readonly bootstrap: unknown;
  /** Worker threads, 1 or more. */
  readonly concurrency: number;
  /** Name under /run/netns of the namespace to start it in; default: the network namespace of this process. */
  readonly netns?: string;
}

export interface Envoy {
  readonly pid: number;
  /** Path of the admin interface's Unix socket, for admin.ts. */
  readonly admin: string;
  /** The log so far, at level warning and above. */
  log(): string;
  /** Sends SIGTERM, and SIGKILL after two seconds; resolves once it is gone. */
  stop(): Promise<void>;
}

/** The binary that the setup fetched. @throws when the program was not started through setup/main.mjs */
export function envoyBinary(): string {
  const binary = process.env.EXPEDITE_ENVOY;
  if (binary === undefined) throw new Error("EXPEDITE_ENVOY is not set: start through npm run lab or npm test");
  return binary;
}

function start(options: EnvoyOptions, folder: string): ChildProcess {
  const config = join(folder, "envoy.json");
  writeFileSync(config, JSON.stringify(options.bootstrap));
  const admin = JSON.stringify({ admin: { address: { pipe: { path: join(folder, "admin") } } } });
  // Hot restart is off, because Envoys on one machine would share its memory region by base id.
  const args = ["-c", config, "--config-yaml", admin, "--concurrency", `${options.concurrency}`];
  const command = [envoyBinary(), ...args, "--disable-hot-restart", "-l", "warning"];
  const [program = "", ...rest] =
    options.netns === undefined ? command : ["nsenter", `--net=/run/netns/${options.netns}`, ...command];
  const log = openSync(join(folder, "envoy.log"), "w");
  return spawn(program, rest, { stdio: ["ignore", log, log] });
}

/** Until an Envoy with a filter is ready on a quiet machine. */
const quietSeconds = 0.5;

/**
 * The time that it takes scales the limits of what a test then waits for.
 * @returns an Envoy whose /ready answers LIVE
 * @throws with the tail of its log when it ends early or does not become ready in time
 */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  const folder = mkdtempSync(join(tmpdir(), "envoy-"));
  const began = performance.now();
  const child = start(options, folder);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const admin = join(folder, "admin");
  const log = (): string => readFileSync(join(folder, "envoy.log"), "utf8");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 2000);
    await ended;
    clearTimeout(late);
  };
  const deadline = Date.now() + limitOf(20) * 1000;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if ((await getText(admin, "/ready").catch(() => "")).startsWith("LIVE")) {
      scaleLimits((performance.now() - began) / 1000, quietSeconds);
      return { pid: child.pid ?? -1, admin, log, stop };
    }
    await sleep(50);
  }
  await stop();
  throw new Error(`Envoy did not become ready:\n${log().split("\n").slice(-15).join("\n")}`);
}
