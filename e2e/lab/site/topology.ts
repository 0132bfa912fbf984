// Bookinfo's topology as plain data: the pods, their addresses, and the services in front of them.

export interface Pod {
  readonly name: string;
  /** The service that it belongs to: its label `app`. */
  readonly app: string;
  readonly address: string;
}

export interface Service {
  readonly name: string;
  /** A virtual address: no interface has it, and netfilter redirects what is sent to it. */
  readonly clusterIP: string;
}

export const namespace = "bookinfo";
/** The port that every application listens on, behind its sidecar. */
export const appPort = 9080;
/** The port that the gateway listens on. */
export const gatewayPort = 80;

/** The source of the load: a machine outside the mesh. */
export const client = { name: "client", address: "10.9.0.2" };
/** The netns with the bridge that joins all links. */
export const switchName = "switch";
/** In the switch: the end of the trunk that leads to the bottleneck pod's peers. */
export const trunkPort = "trunk0";

export const gateway: Pod = { name: "gateway", app: "gateway", address: "10.9.0.3" };

/** The pods that run an application, with callers before those that they call. */
export const applications: readonly Pod[] = [
  { name: "productpage", app: "productpage", address: "10.9.0.10" },
  { name: "details", app: "details", address: "10.9.0.20" },
  { name: "reviews-v1", app: "reviews", address: "10.9.0.31" },
  { name: "reviews-v2", app: "reviews", address: "10.9.0.32" },
  { name: "ratings", app: "ratings", address: "10.9.0.40" },
];

/** A second pod of the bottleneck's service, which takes longer for exports. It gets requests only in the arms with replicas. */
export const replica: Pod = { name: "ratings-2", app: "ratings", address: "10.9.0.41" };

/** It has no proxy and belongs to no service: it copies from the bottleneck pod. */
export const backup: Pod = { name: "backup", app: "backup", address: "10.9.0.50" };
/** Where the bottleneck pod serves the copy, past its proxy. */
export const backupPort = 9999;

export const services: readonly Service[] = [
  { name: "productpage", clusterIP: "10.96.0.10" },
  { name: "details", clusterIP: "10.96.0.20" },
  { name: "reviews", clusterIP: "10.96.0.30" },
  { name: "ratings", clusterIP: "10.96.0.40" },
];

/** The range of the services' addresses. */
export const serviceRange = "10.96.0.0/16";

/** Both ends of the bottleneck, whose queues the arm `packets` orders. */
export const bottleneckPod = "ratings";
export const shapedPods: readonly string[] = ["ratings", "reviews-v1", "reviews-v2"];

export const netnsOf = (name: string): string => `xp-${name}`;
export const podsOf = (app: string): readonly Pod[] => applications.filter((pod) => pod.app === app);
