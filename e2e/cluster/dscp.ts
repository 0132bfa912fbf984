// Counts, in the kernel, the packets with a DSCP that leave a node by its uplink.

import { uplink } from "../kubernetes/addresses.ts";
import type { Node } from "../kubernetes/node/node.ts";
import { command } from "../process/command.ts";

/** The port of every service in manifests/bookinfo.yaml, behind the sidecar's redirection. */
const applicationPort = 8080;

export interface DscpCounter {
  /** Packets counted so far. */
  read(): Promise<number>;
  stop(): Promise<void>;
}

/** Packets of calls between pods: `requests` go to the application's port, `responses` come from it. */
const directions = { requests: "dport", responses: "sport" } as const;

export interface CountedPackets {
  /** The name that nft(8) uses, in lower case. */
  readonly dscp: string;
  readonly direction: keyof typeof directions;
  /** Address of the pod that is called. Default: any. */
  readonly pod?: string;
}

/** Counts packets that leave a node for another one. */
export async function countDscp({ pid }: Node, { dscp, direction, pod }: CountedPackets): Promise<DscpCounter> {
  const table = `xp_${direction}_${dscp}`;
  const called = pod === undefined ? "" : `ip ${direction === "requests" ? "daddr" : "saddr"} ${pod} `;
  const nft = (args: readonly string[], input?: string): Promise<string> =>
    command("nsenter", [`--target=${pid}`, "--net", "nft", ...args], input === undefined ? {} : { input });
  const rule = `oifname "${uplink}" tcp ${directions[direction]} ${applicationPort} ${called}ip dscp ${dscp} counter`;
  await nft(["-f", "-"], `table inet ${table} { chain out { type filter hook postrouting priority 300; ${rule}; }; }`);
  return {
    read: async () => Number(/packets (\d+)/.exec(await nft(["list", "table", "inet", table]))?.[1]),
    stop: async () => {
      await nft(["delete", "table", "inet", table]);
    },
  };
}
