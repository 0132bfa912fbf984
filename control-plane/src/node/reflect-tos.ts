// Sysctls of a network namespace's TCP: net.ipv4.tcp_reflect_tos and others, and the list of its connections.
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

/** Its output is for acceptedConnections. */
export const listSockets: Command = ["ss", "-Htan"];
