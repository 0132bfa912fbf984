// Breaks the path between a pod and the API server until it is repaired: packets vanish, or connections are reset and refused.

import { controlPlaneAddress, controlPlaneName } from "../kubernetes/addresses.ts";
import type { Container } from "../kubernetes/container.ts";
import { command } from "../process/command.ts";

const table = "xp_fault";
/** The API server's port. */
const port = 6443;

/** In the pod's node, where the address of the API server's Service is already translated; only connections that the pod opened. */
const chain = (rules: readonly string[]): string =>
  `table inet ${table} { chain forward { type filter hook forward priority -10; ${rules.map((rule) => `${rule};`).join(" ")} }; }`;
const from = (podAddress: string): string => `ip saddr ${podAddress} ip daddr ${controlPlaneAddress} tcp dport ${port}`;
const to = (podAddress: string): string => `ip saddr ${controlPlaneAddress} ip daddr ${podAddress} tcp sport ${port}`;

export interface Fault {
  /** How many packets the rules matched. */
  packets(): Promise<number>;
  mend(): Promise<void>;
}

async function fault({ node }: Container, rules: readonly string[]): Promise<Fault> {
  const nft = (args: readonly string[], input?: string): Promise<string> =>
    command("nsenter", [`--target=${node.pid}`, "--net", "nft", ...args], input === undefined ? {} : { input });
  await nft(["-f", "-"], chain(rules));
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

/** Neither side notices: connections stay open. */
export const stall = (container: Container): Promise<Fault> =>
  fault(
    container,
    [from, to].map((direction) => `${direction(container.podAddress)} counter drop`),
  );

/** Senders are told that there is no connection, and new ones are refused. */
export const refuse = (container: Container): Promise<Fault> =>
  fault(container, [`${from(container.podAddress)} counter reject with tcp reset`]);

/** Closes the API server's side of each connection, as a restart does, and tells the other side. @returns how many */
export async function resetConnections({ podAddress }: Container): Promise<number> {
  const chosen = ["state", "established", "dst", podAddress, "and", "sport", "=", `:${port}`];
  const killed = await command("ss", ["--kill", "--no-header", "--tcp", ...chosen], { netns: controlPlaneName });
  return killed.split("\n").filter(Boolean).length;
}
