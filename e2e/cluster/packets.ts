// A path between a pod and the API server that stops working: packets vanish, or connections are reset, until it is mended.

import { command } from "../lab/site/command.ts";
import { controlPlaneAddress } from "./addresses.ts";
import type { Container } from "./container.ts";

const table = "xp_fault";

/** In the pod's node, where the address of the API server's Service has been translated. Only what the pod began. */
const rules = (podAddress: string, verdict: string): string => `table inet ${table} {
  chain forward {
    type filter hook forward priority -10;
    ip saddr ${podAddress} ip daddr ${controlPlaneAddress} tcp dport 6443 counter ${verdict};
    ip saddr ${controlPlaneAddress} ip daddr ${podAddress} tcp sport 6443 counter ${verdict};
  };
};`;

export interface Fault {
  /** Packets that it met. */
  packets(): Promise<number>;
  mend(): Promise<void>;
}

async function fault({ node, podAddress }: Container, verdict: string): Promise<Fault> {
  const nft = (args: readonly string[], input?: string): Promise<string> =>
    command("nsenter", [`--target=${node.pid}`, "--net", "nft", ...args], input === undefined ? {} : { input });
  await nft(["-f", "-"], rules(podAddress, verdict));
  return {
    packets: async () => {
      const text = await nft(["list", "table", "inet", table]);
      return [...text.matchAll(/packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    mend: async () => {
      await nft(["delete", "table", "inet", table]);
    },
  };
}

/** Neither side hears of it: connections stay open, half of them at least. */
export const stall = (container: Container): Promise<Fault> => fault(container, "drop");

/** Whoever sends on a connection is told that there is none. */
export const cut = (container: Container): Promise<Fault> => fault(container, "reject with tcp reset");
