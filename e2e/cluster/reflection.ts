// Makes a node's pods answer new connections with the DSCP of their SYN, as the node agent does where it runs.

import { enter } from "../kubernetes/node/namespaces.ts";
import type { Node } from "../kubernetes/node/node.ts";
import { command } from "../process/command.ts";

/** /proc/sys/net belongs to the network namespace of the process that reads it. Fails if one of them can't be set. */
const script = `set -e
for file in /run/netns/*; do nsenter --net=$file sh -c 'echo 1 > /proc/sys/net/ipv4/tcp_reflect_tos'; done`;

/** @throws CommandError */
export async function reflectDscp({ pid }: Node): Promise<void> {
  await command("nsenter", [...enter(pid), "--", "sh", "-c", script]);
}
