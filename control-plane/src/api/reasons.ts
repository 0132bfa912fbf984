// Every reason that a verdict can carry, with the condition of Gateway API policy attachment that it belongs to.

/** `refused`: the object has no effect and nothing is written. Otherwise it works, with the limit that the verdict names. */
export const reasons = {
  Invalid: { condition: "Accepted", refused: true, meaning: "A field has a value that is not allowed." },
  Conflicted: {
    condition: "Accepted",
    refused: true,
    meaning:
      "An older policy has the same target or the same pods, or an older route of another namespace the same host at one port.",
  },
  TargetNotFound: { condition: "Accepted", refused: true, meaning: "A targetRef names nothing that exists." },
  UnsupportedTarget: {
    condition: "Accepted",
    refused: true,
    meaning: "A targetRef's object is none at which requests can be classified.",
  },
  UnsupportedField: { condition: "Accepted", refused: true, meaning: "A field cannot be honoured on this target." },
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
    meaning: "A namespace's or Gateway's proxies cannot be configured.",
  },
  NoProxies: {
    condition: "Programmed",
    refused: false,
    meaning: "A target of the policy has no proxy, so nothing is classified there.",
  },
  GatewayNotClassified: {
    condition: "Programmed",
    refused: false,
    meaning:
      "Requests at a Gateway keep their level: its proxies can't be selected by labels, or there are more rules than fit.",
  },
  RouteNotPrioritised: {
    condition: "Programmed",
    refused: false,
    meaning: "Requests of a user's route share connections, whatever their level.",
  },
  RouteReadsLevel: {
    condition: "Programmed",
    refused: false,
    meaning: "A user's route matches on the header that carries the level, so requests of its hosts share connections.",
  },
  HostNotPrioritised: {
    condition: "Programmed",
    refused: false,
    meaning: "A user's DestinationRule keeps a host's requests on shared connections.",
  },
  NotIsolated: {
    condition: "Programmed",
    refused: false,
    meaning: "Levels without dedicated replicas of their own also use another level's.",
  },
  CongestionControlNotApplied: {
    condition: "Programmed",
    refused: false,
    meaning: "A level's congestion control is not applied yet; its class is.",
  },
  LinkInactive: { condition: "Enforced", refused: false, meaning: "A link's queue is not ordered." },
  NoActiveLink: { condition: "Enforced", refused: false, meaning: "No queue is ordered; the mesh rungs work." },
} as const;

export type Reason = keyof typeof reasons;

/** Nothing is configured at the object's proxies, so it is not Programmed. */
export const withoutEffect: readonly Reason[] = ["NoProxies", "UnsupportedDataPlane"];
