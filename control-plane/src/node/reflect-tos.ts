// Sysctls of a network namespace's TCP: net.ipv4.tcp_reflect_tos and others, and how many connections the first came too late for.
import { existsSync } from "node:fs";
import { type Command, readCharacter, writeLine } from "./run-all.ts";

/** In a container, /proc/sys is read-only, so the agent's pod mounts the node's. Each process sees its own network namespace's values there. */
const mounted = "/host/proc/sys/net";

function file(name: string): string {
  return `${existsSync(mounted) ? mounted : "/proc/sys/net"}/ipv4/${name}`;
}

/** Of one that is on or off: its output is "0" or "1". */
export function readTcpSetting(name: string): Command {
  return readCharacter(file(name));
}

export function writeTcpSetting(name: string, value: string): Command {
  return writeLine(file(name), value);
}

/** Linux 5.10 or newer has it. */
export function readReflectTos(): Command {
  return readTcpSetting("tcp_reflect_tos");
}

export function writeReflectTos(value: string): Command {
  return writeTcpSetting("tcp_reflect_tos", value);
}

/** Its output is for countAccepted. */
export const listSockets: Command = ["ss", "-Htan"];

/**
 * From `ss -Htan`: established connections whose local port is a listening one. They keep the DSCP that they were accepted with, so they
 * answer unmarked until they end.
 */
export function countAccepted(sockets: string): number {
  const entries = sockets
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([state, , , local]) => ({ state, port: local?.split(":").at(-1) }));
  const listening = new Set(entries.filter(({ state }) => state === "LISTEN").map(({ port }) => port));
  return entries.filter(({ state, port }) => state === "ESTAB" && listening.has(port)).length;
}
