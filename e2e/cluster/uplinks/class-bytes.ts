// Reads how many bytes each class of an uplink's queue has sent.
import { uplink } from "../../kubernetes/addresses.ts";
import type { Node } from "../../kubernetes/node/node.ts";
import { onNode } from "../agents.ts";

/** By class, such as `7a1:10`; the inner class, through which everything goes, is left out. Text, because HTB's classes have no JSON. */
export async function classBytes(node: Node): Promise<ReadonlyMap<string, number>> {
  const text = await onNode(node, "tc", "-s", "class", "show", "dev", uplink);
  const found = text.matchAll(/^class htb (\S+) .* leaf .*\n\s*Sent (\d+) bytes/gm);
  return new Map([...found].map(([, classid, bytes]) => [classid!, Number(bytes)]));
}
