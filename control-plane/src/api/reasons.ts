// Lists every reason that a verdict can have, with the condition to which it belongs (as in the Gateway API's policy attachment).

/** `refused`: the object has no effect. Otherwise it works, with the limitation that the verdict names. */
export const reasons = {
  Invalid: { condition: "Accepted", refused: true, meaning: "A field has a value that is not allowed." },
  Conflicted: {
    condition: "Accepted",
    refused: true,
    meaning:
      "An older policy or queue has the same target or the same pods, or an older route of another namespace has the same host at one port.",
  },
  TargetNotFound: { condition: "Accepted", refused: true, meaning: "A targetRef names an object that does not exist." },
  UnsupportedTarget: {
    condition: "Accepted",
    refused: true,
    meaning: "A targetRef names an object at which requests cannot be classified, or cannot wait.",
  },
  UnsupportedField: { condition: "Accepted", refused: true, meaning: "A field is not supported on this target." },
  NotDiscovered: {
    condition: "Accepted",
    refused: true,
    meaning:
      "The namespace is not in the mesh that Expedite serves: istiod ignores it, because of discoverySelectors in the mesh config.",
  },
  RefNotFound: {
    condition: "ResolvedRefs",
    refused: true,
    meaning: "What is rendered for plain Envoy names a Service, port or Gateway that does not exist.",
  },
  BackendNotFound: {
    condition: "ResolvedRefs",
    refused: false,
    meaning:
      "A route of the policy's target names a Service or port that does not exist. The policy is in force all the same.",
  },
  UnsupportedDataPlane: {
    condition: "Programmed",
    refused: false,
    meaning: "The proxies of a namespace or Gateway cannot be configured.",
  },
  SeveralMeshes: {
    condition: "Programmed",
    refused: false,
    meaning: "A second istiod reads what Expedite writes for the mesh that it serves.",
  },
  MeshConfigsDiffer: {
    condition: "Programmed",
    refused: false,
    meaning: "The istiods of one mesh, as of two revisions of Istio, have different mesh configs.",
  },
  NoProxies: {
    condition: "Programmed",
    refused: false,
    meaning: "A target of the policy has no proxy, so nothing is classified there.",
  },
  QueueNotApplied: {
    condition: "Programmed",
    refused: false,
    meaning: "No request waits, because the ladder's mode is not Enforce.",
  },
  GatewayNotClassified: {
    condition: "Programmed",
    refused: false,
    meaning:
      "Requests at a Gateway are not classified: no label selects only this Gateway's proxies, or it has more rules than fit.",
  },
  RouteNotPrioritised: {
    condition: "Programmed",
    refused: false,
    meaning: "Requests of a route share connections, whatever their level.",
  },
  RouteReadsLevel: {
    condition: "Programmed",
    refused: false,
    meaning: "A route matches on the header that carries the level, so requests to its hosts share connections.",
  },
  HostNotPrioritised: {
    condition: "Programmed",
    refused: false,
    meaning:
      "A DestinationRule, a Service's labels or its ports keep the requests to a host on shared connections, or the ladder lists a host that is no enrolled Service.",
  },
  NotIsolated: {
    condition: "Programmed",
    refused: false,
    meaning: "Levels without dedicated replicas also use those of another level.",
  },
  CongestionControlNotApplied: {
    condition: "Programmed",
    refused: false,
    meaning: "A level's congestion control is not applied, because its packets are not marked.",
  },
  LoopsOverlap: {
    condition: "LoopsOverlap",
    refused: false,
    meaning: "A control loop of another object works against this one, as docs/operations/overlaps.md describes.",
  },
  LinkInactive: { condition: "Enforced", refused: false, meaning: "The queue of a link is not ordered." },
  NoActiveLink: {
    condition: "Enforced",
    refused: false,
    meaning: "No queue is ordered. Requests still have levels and connections of their own.",
  },
} as const;

export type Reason = keyof typeof reasons;

/** The reasons with which nothing is configured at the object's proxies, so that it is not Programmed. */
export const withoutEffect: readonly Reason[] = ["NoProxies", "UnsupportedDataPlane", "QueueNotApplied"];
