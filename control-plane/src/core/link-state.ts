// Defines what an agent reports about a link or a pod of its node: active, or inactive with one of these reasons.

/** The reasons with their meaning for readers, the worst first: what concerns the whole node stands before what one object says wrongly. */
export const inactiveReasons = {
  Failed: "A command failed. The message quotes it.",
  NotPermitted: "The agent lacks a capability.",
  ToolMissing: "The agent's image lacks tc, nft, ip or nsenter.",
  KernelUnsupported: "The node's kernel lacks HTB, nftables or tcp_reflect_tos.",
  ForeignQdisc: "Another program set the device's root qdisc. It is left alone.",
  RoutesUnsupported:
    "The pod's routes cannot give connections a congestion control: several next hops, or another program's marks.",
  DeviceShared: "Another link of the ladder already orders the queue of the device.",
  DeviceNotFound: "The device does not exist, or the namespace has no default route to take it from.",
  RateAboveDevice: "The link's rate is above the speed of its device, so no queue would ever build in it.",
  SeveralQueues: "The device has several queues and the rate is above 10 Gbit/s; force was not set.",
  NamespaceAmbiguous: "Several network namespaces have the pod's addresses, or several pods of the node have them.",
  NamespaceNotFound: "No network namespace has the pod's addresses.",
  NamespaceGone: "The pod's network namespace vanished meanwhile.",
  AddressUnknown: "The pod has no address yet.",
  HostNetwork: "The pod uses the network namespace of its node, which other pods share.",
  LevelUnknown: "The pod's label names no level of the ladder.",
  RateUnknown: "Neither the link nor the pod says at which rate the link is capped.",
  NotEnforced: "The ladder's mode is not Enforce.",
} as const;

export type InactiveReason = keyof typeof inactiveReasons;

export type Inactive = { readonly reason: InactiveReason; readonly problem: string };

const passing: readonly InactiveReason[] = ["AddressUnknown", "NamespaceGone"];

/** Less is worse. A reason that only a newer agent knows counts as the worst. */
export function severity(reason: string): number {
  return Object.keys(inactiveReasons).indexOf(reason);
}

/** Whether a pod has the reason only while it starts or ends, and sends nothing meanwhile. */
export function isPassing(reason: InactiveReason): boolean {
  return passing.includes(reason);
}
