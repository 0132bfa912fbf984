// Defines what an agent reports about a link or a pod of its node: active, or inactive with one of these reasons.

/** The reasons with their meaning for readers. */
const inactiveReasons = {
  NotEnforced: "The ladder's mode is not Enforce.",
  RateUnknown: "Neither the link nor the pod says at which rate the link is capped.",
  RateAboveDevice: "The link's rate is above the speed of its device, so no queue would ever build in it.",
  DeviceNotFound: "The device does not exist, or the namespace has no default route to take it from.",
  DeviceShared: "Another link of the ladder already orders the queue of the device.",
  SeveralQueues: "The device has several queues and the rate is above 10 Gbit/s; force was not set.",
  ForeignQdisc: "Another program set the device's root qdisc. It is left alone.",
  HostNetwork: "The pod uses the network namespace of its node, which other pods share.",
  AddressUnknown: "The pod has no address yet.",
  NamespaceNotFound: "No network namespace has the pod's addresses.",
  NamespaceAmbiguous: "Several network namespaces have the pod's addresses.",
  NamespaceGone: "The pod's network namespace vanished meanwhile.",
  LevelUnknown: "The pod's label names no level of the ladder.",
  KernelUnsupported: "The node's kernel lacks HTB, nftables or tcp_reflect_tos.",
  ToolMissing: "The agent's image lacks tc, nft, ip or nsenter.",
  NotPermitted: "The agent lacks a capability.",
  Failed: "A command failed. The message quotes it.",
} as const;

export type InactiveReason = keyof typeof inactiveReasons;

export type Inactive = { readonly reason: InactiveReason; readonly problem: string };
