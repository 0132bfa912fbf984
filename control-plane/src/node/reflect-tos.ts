// The sysctl net.ipv4.tcp_reflect_tos of a network namespace, and the list of its connections.
import { existsSync } from "node:fs";
import { type Command, readCharacter, writeLine } from "./run-all.ts";

/** In a container, /proc/sys is read-only, so the agent's pod mounts the node's. Each process sees its own network namespace's values there. */
const mounted = "/host/proc/sys/net";

function file(): string {
  return `${existsSync(mounted) ? mounted : "/proc/sys/net"}/ipv4/tcp_reflect_tos`;
}

/** Its output is "0" or "1". Linux 5.10 or newer has it. */
export function readReflectTos(): Command {
  return readCharacter(file());
}

export function writeReflectTos(value: string): Command {
  return writeLine(file(), value);
}

/** Its output is for acceptedConnections. */
export const listSockets: Command = ["ss", "-Htan"];
