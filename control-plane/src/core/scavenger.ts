// Defines what an agent reports about the congestion control of the levels that ask for the scavenger.

/** Why a node does not have it, with the meaning for readers. */
export const scavengerReasons = {
  ObjectMissing: "The scavenger's BPF object is missing, or the file is another one.",
  ToolMissing: "bpftool is not installed, or not in the agent's image.",
  NotPermitted:
    "Loading BPF needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN, in the machine's own user namespace.",
  BtfMissing: "The kernel has no BTF, by which the loader finds its types (CONFIG_DEBUG_INFO_BTF).",
  Refused: "The kernel is older than 6.0, or another congestion control has the name.",
  Failed: "A command failed. The message quotes it.",
} as const;

export type WithoutScavenger = { readonly reason: keyof typeof scavengerReasons; readonly problem: string };

/** `algorithm`: what the connections get instead; absent: what the node's others have. */
export type ScavengerState =
  | { readonly algorithm: string; readonly changed: readonly string[] }
  | ({ readonly algorithm?: string } & WithoutScavenger);

/** What the connections get where the kernel refuses the scavenger and has this. */
export const secondChoice = "vegas";
