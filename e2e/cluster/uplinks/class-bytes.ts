// Reads how many bytes each class of an uplink's queue has sent.
import { uplink } from "../../kubernetes/addresses.ts";
import type { Node } from "../../kubernetes/node/node.ts";
import { onNode } from "../agents.ts";

/** By class, such as `7a1:10`; the inner class, through which everything goes, is left out. */
export async function classBytes(node: Node): Promise<ReadonlyMap<string, number>> {
  const classes = JSON.parse(await onNode(node, "tc", "-json", "-s", "class", "show", "dev", uplink)) as {
    readonly handle: string;
    readonly leaf?: string;
    readonly stats: { readonly bytes: number };
  }[];
  return new Map(classes.flatMap(({ handle, leaf, stats }) => (leaf === undefined ? [] : [[handle, stats.bytes]])));
}
