// Names and addresses in a cluster: constants, and functions of a node's number, which begins at 1.

export const switchName = "xp-switch";
/** Also names its end of the cable at the switch: at most 15 bytes. */
export const controlPlaneName = "xp-control";
export const nodeName = (number: number): string => `xp-node${number}`;

/** A node's uplink, the interface that connects it to the switch. */
export const uplink = "up0";

export const controlPlaneAddress = "10.210.0.10";
export const nodeAddress = (number: number): string => `10.210.0.${10 + number}`;

export const podRange = "10.211.0.0/16";
export const podRangeOf = (number: number): string => `10.211.${number}.0/24`;

export const serviceRange = "10.96.0.0/16";
/** The first address of the service range belongs to the API server. */
export const apiServerService = "10.96.0.1";
export const dnsService = "10.96.0.10";

export const clusterDomain = "cluster.local";
export const apiServerUrl = `https://${controlPlaneAddress}:6443`;

/** Where `ip netns add` puts a network namespace. */
export const netnsFile = (name: string): string => `/run/netns/${name}`;
