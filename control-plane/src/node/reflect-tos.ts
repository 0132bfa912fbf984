// In: a network namespace. Out: net.ipv4.tcp_reflect_tos there, read or written, and how many connections it came too late for.
import type { Run } from "./namespace.ts";

const file = "/proc/sys/net/ipv4/tcp_reflect_tos";

/** "0" or "1". Linux 5.10 or newer has it. */
export async function readReflectTos(run: Run): Promise<string> {
  return (await run("cat", [file])).trim();
}

export async function writeReflectTos(run: Run, value: string): Promise<void> {
  await run("tee", [file], `${value}\n`);
}

/** Accepted connections keep the DSCP that they were accepted with: these answer unmarked until they end. */
export async function acceptedConnections(run: Run): Promise<number> {
  return countAccepted(await run("ss", ["-Htan"]));
}

/** From `ss -Htan`: established connections whose local port is a listening one. */
export function countAccepted(sockets: string): number {
  const entries = sockets
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([state, , , local]) => ({ state, port: local?.split(":").at(-1) }));
  const listening = new Set(entries.filter(({ state }) => state === "LISTEN").map(({ port }) => port));
  return entries.filter(({ state, port }) => state === "ESTAB" && listening.has(port)).length;
}
