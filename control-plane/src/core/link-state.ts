// Defines what an agent reports about a link or a pod of its node: active, or inactive with one of these reasons.

/** The reasons with their meaning for readers, worst first. */
export const inactiveReasons = {
  Failed: "A command failed. The message quotes it.",
  NotPermitted: "The agent lacks a capability.",
  ToolMissing: "The agent's image lacks tc, nft, ip or nsenter.",
  KernelUnsupported: "The node's kernel lacks HTB, nftables or tcp_reflect_tos.",
  ForeignQdisc: "Another program set the device's root qdisc. It is left alone.",
  DeviceNotFound: "The device does not exist, or the namespace has no default route to take it from.",
  DeviceShared: "Another link of the ladder already orders the queue of the device.",
  RateAboveDevice: "The link's rate is above the speed of its device, so no queue would ever build in it.",
  SeveralQueues: "The device has several queues and the rate is above 10 Gbit/s; force was not set.",
  RateUnknown: "Neither the link nor the pod says at which rate the link is capped.",
  NamespaceAmbiguous: "Several network namespaces have the pod's addresses.",
  NamespaceNotFound: "No network namespace has the pod's addresses.",
  LevelUnknown: "The pod's label names no level of the ladder.",
  HostNetwork: "The pod uses the network namespace of its node, which other pods share.",
  AddressUnknown: "The pod has no address yet.",
  NamespaceGone: "The pod's network namespace vanished meanwhile.",
  NotEnforced: "The ladder's mode is not Enforce.",
} as const;

export type InactiveReason = keyof typeof inactiveReasons;

export type Inactive = { readonly reason: InactiveReason; readonly problem: string };

const order = Object.keys(inactiveReasons);

/** Sorts by reason, worst first; one that a newer agent gives comes before all. */
export const byReason = (a: string, b: string): number => order.indexOf(a) - order.indexOf(b);

/** The pod is just starting or ending: nothing is wrong. */
export function isPassing(reason: InactiveReason): boolean {
  return reason === "AddressUnknown" || reason === "NamespaceGone";
}
