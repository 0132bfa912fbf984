// The whole world at one moment, as parsed at the edge: what translate reads. Types only.
import type { Gateway, HttpRoute } from "../api/gateway.ts";
import type { Pod, Service } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PriorityPolicy } from "../api/priority-policy.ts";

export type Snapshot = {
  readonly ladder: PriorityLadder;
  readonly policies: readonly PriorityPolicy[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  readonly gateways: readonly Gateway[];
  readonly routes: readonly HttpRoute[];
};
