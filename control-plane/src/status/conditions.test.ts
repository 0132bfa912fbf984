// What a status says in each state of the cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Condition } from "../api/conditions.ts";
import type { ProxyState } from "../core/proxy-state.ts";
import type { PolicyObject } from "../reconcile/ports.ts";
import { conditionsOf, type Facts, isSame } from "./conditions.ts";

const policy: PolicyObject = {
  ref: { kind: "PriorityPolicy", namespace: "shop", name: "exports" },
  ...{ uid: "1", generation: 3, conditions: [] },
};
const proxy = (state: ProxyState["state"], reason = "", namespace = "shop"): ProxyState => ({
  namespace,
  pod: `web-${state}`,
  state,
  reason,
});
const byNamespace = (...states: readonly ProxyState[]): Facts["proxies"] =>
  Map.groupBy(states, ({ namespace }) => namespace);
const facts: Facts = {
  reach: new Map(),
  ...{ verdicts: [], proxies: byNamespace(proxy("programmed")), mode: "Enforce", nodes: [] },
  ...{ withheld: new Map(), unwritten: new Map(), metrics: new Map() },
};
const early = "2026-01-01T00:00:00Z";
const late = "2026-01-02T00:00:00Z";
const find = (conditions: readonly Condition[], type: string): Condition | undefined =>
  conditions.find((entry) => entry.type === type);
const programmed = (some: Partial<Facts>): Condition | undefined =>
  find(conditionsOf(policy, { ...facts, ...some }, early), "Programmed");

test("a refused policy has no effect, and its status has the field and the reason", () => {
  const verdict = {
    on: policy.ref,
    reason: "Conflicted",
    field: ["spec", "targetRefs", 0, "name"],
    message: "is targeted by PriorityPolicy old already",
  } as const;
  const conditions = conditionsOf(policy, { ...facts, verdicts: [verdict] }, early);
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [["Accepted", "False", "Conflicted"]],
  );
  assert.equal(conditions[0]?.message, "spec.targetRefs[0].name: is targeted by PriorityPolicy old already");
});

test("a policy whose target has no proxies says so, and other policies do not", () => {
  const verdict = (name: string) =>
    ({
      on: { ...policy.ref, name },
      reason: "NoProxies",
      field: ["spec", "targetRefs", 0, "name"],
      message: "selects no pod with a sidecar",
    }) as const;
  const proxies = byNamespace();
  assert.deepEqual(
    [programmed({ proxies, verdicts: [verdict("exports")] })].map((found) => [
      ...[found?.status, found?.reason, found?.message],
    ]),
    [
      [
        ...["False", "NoProxies"],
        "0 of 0 proxies programmed; NoProxies: PriorityPolicy shop/exports: spec.targetRefs[0].name: selects no pod with a sidecar",
      ],
    ],
  );
  assert.equal(programmed({ verdicts: [verdict("other")] })?.reason, "Programmed");
  const none = programmed({ proxies });
  assert.deepEqual([none?.status, none?.reason], ["False", "NoProxies"]);
});

test("a policy whose route names what does not exist is in force, and its references are not resolved", () => {
  const verdict = {
    on: policy.ref,
    reason: "BackendNotFound",
    field: ["spec", "targetRefs", 0, "name"],
    message: "is HTTPRoute shop/web, whose rule exports names Service shop/reports, which does not exist",
  } as const;
  const conditions = conditionsOf(policy, { ...facts, verdicts: [verdict] }, early);
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ["Accepted", "True", "Accepted"],
      ["ResolvedRefs", "False", "BackendNotFound"],
      ["Programmed", "True", "Programmed"],
    ],
  );
  assert.match(
    conditions[1]?.message ?? "",
    /^spec\.targetRefs\[0\]\.name: is HTTPRoute shop\/web, whose rule exports/,
  );
});

test("Programmed counts the proxies of the policy's namespace, and names those that are not", () => {
  assert.equal(programmed({})?.message, "1 of 1 proxies programmed");
  const mixed = byNamespace(proxy("programmed"), proxy("refused", "CDS: no"), proxy("pending", "x", "other"));
  assert.deepEqual(
    [programmed({ proxies: mixed })?.reason, programmed({ proxies: mixed })?.message],
    ["Refused", "1 of 2 proxies programmed; 1 refused: shop/web-refused (CDS: no)"],
  );
  assert.equal(programmed({ proxies: byNamespace(proxy("unsupported", "Istio 1.29")) })?.reason, "PartiallyProgrammed");
});

test("a rollback, mode Disabled and a silent istiod are reported", () => {
  assert.equal(programmed({ withheld: new Map([["shop", "taken back"]]) })?.reason, "Withheld");
  assert.equal(programmed({ withheld: new Map([["other", "taken back"]]) })?.reason, "Programmed");
  assert.equal(programmed({ mode: "Disabled" })?.reason, "Disabled");
  assert.deepEqual(
    [programmed({ proxiesUnknown: "no istiod" })?.status, programmed({ proxiesUnknown: "no istiod" })?.message],
    ["Unknown", "no istiod"],
  );
});

test("an unwritten object keeps a policy from being programmed, even if no proxy waits for it", () => {
  const unwritten = new Map([["shop", "EnvoyFilter shop/expedite-routes: no quota"]]);
  for (const proxies of [byNamespace(), byNamespace(proxy("programmed"))])
    assert.equal(programmed({ proxies, unwritten })?.reason, "Pending");
  assert.equal(programmed({ unwritten: new Map([["other", "is being written"]]) })?.status, "True");
  const metrics = new Map([["shop", { read: 2, unknown: 1 }]]);
  assert.equal(
    programmed({ metrics })?.message,
    "1 of 1 proxies programmed; the metrics of 2 of them have the filter's configuration; the metrics of 1 could not be read",
  );
});

test("an earlier leader's condition for the same generation holds only while it is too early to tell", () => {
  const conditions = conditionsOf(policy, facts, early);
  const unseen: ProxyState = { ...proxy("pending", "silent so far"), isTooEarly: true };
  const beginning = byNamespace(unseen);
  const held = conditionsOf({ ...policy, conditions }, { ...facts, proxies: beginning }, late);
  assert.deepEqual(held, conditions);
  for (const [object, some] of [
    [{ ...policy, conditions, generation: 4 }, { proxies: beginning }],
    [{ ...policy, conditions }, { proxies: byNamespace(unseen, proxy("pending", "silent")) }],
    [
      { ...policy, conditions },
      { proxies: beginning, unwritten: new Map([["shop", "is being written"]]) },
    ],
  ] as const)
    assert.equal(find(conditionsOf(object, { ...facts, ...some }, late), "Programmed")?.reason, "Pending");
});

test("if nothing can be decided, only that is reported, and earlier conditions stay", () => {
  const undecided = { ...facts, undecided: "the mesh config is not known" };
  assert.deepEqual(
    conditionsOf(policy, undecided, early).map(({ type, status, message }) => [type, status, message]),
    [["Programmed", "Unknown", "the mesh config is not known"]],
  );
  const before = conditionsOf({ ...policy, generation: 2 }, facts, early);
  const after = conditionsOf({ ...policy, conditions: before }, undecided, late);
  assert.deepEqual(find(after, "Accepted"), find(before, "Accepted"));
  assert.equal(find(after, "Accepted")?.observedGeneration, 2);
});

test("a limitation of another namespace is neither reported nor the reason", () => {
  const limit = (namespace: string, reason: "NotIsolated" | "RouteNotPrioritised") => ({
    on: { kind: "Service", namespace, name: "web" },
    ...{ reason, field: [], message: "is limited" },
  });
  const verdicts = [limit("other", "RouteNotPrioritised"), limit("shop", "NotIsolated")];
  assert.equal(programmed({ verdicts })?.reason, "NotIsolated");
  assert.doesNotMatch(programmed({ verdicts })?.message ?? "", /RouteNotPrioritised/);
});

test("what limits the ladder itself is its reason and stays in force, and has no namespace in the message", () => {
  const ladder: PolicyObject = { ...policy, ref: { kind: "PriorityLadder", name: "default" } };
  const verdict = {
    on: ladder.ref,
    reason: "SeveralMeshes",
    field: ["spec"],
    message: "istiod also runs in mesh-b",
  } as const;
  const found = find(conditionsOf(ladder, { ...facts, verdicts: [verdict] }, early), "Programmed");
  assert.deepEqual(
    [found?.status, found?.reason, found?.message],
    [
      ...["True", "SeveralMeshes"],
      "1 of 1 proxies programmed; SeveralMeshes: PriorityLadder default: spec: istiod also runs in mesh-b",
    ],
  );
});

test("the transition time changes only with the status, and equal conditions are not written again", () => {
  const before = conditionsOf(policy, facts, early);
  const same = conditionsOf({ ...policy, conditions: before }, facts, late);
  assert.ok(isSame(before, same));
  assert.equal(find(same, "Programmed")?.lastTransitionTime, early);
  const changed = conditionsOf(
    { ...policy, conditions: before },
    { ...facts, proxies: byNamespace(proxy("pending", "x")) },
    late,
  );
  assert.equal(find(changed, "Programmed")?.lastTransitionTime, late);
  assert.equal(isSame(before, changed), false);
});

test("a policy whose requests enter at a gateway of another namespace counts that gateway's proxies", () => {
  const proxies = byNamespace(proxy("programmed"), proxy("pending", "has not acknowledged RDS", "ingress"));
  assert.equal(programmed({ proxies })?.reason, "Programmed");
  const reach = new Map([["shop/exports", new Set(["ingress"])]]);
  assert.equal(
    programmed({ proxies, reach })?.message,
    "1 of 2 proxies programmed; 1 pending: ingress/web-pending (has not acknowledged RDS)",
  );
});

test("loops that overlap: of a queue in any case, of a policy if an object of its namespace has one", () => {
  const queue: PolicyObject = { ...policy, ref: { kind: "RequestQueue", namespace: "shop", name: "web" } };
  const said = (on: Facts["verdicts"][number]["on"]): Facts["verdicts"][number] => ({
    ...{ on, reason: "LoopsOverlap", field: ["spec", "maxWait"] },
    message: "is longer than a try of VirtualService shop/web",
  });
  const overlap = (object: PolicyObject, ...on: readonly Facts["verdicts"][number]["on"][]): readonly unknown[] => {
    const conditions = conditionsOf(object, { ...facts, verdicts: on.map(said) }, early);
    assert.equal(find(conditions, "Programmed")?.status, "True");
    const found = find(conditions, "LoopsOverlap");
    return [found?.status, found?.reason, found?.message];
  };
  const rule = { kind: "DestinationRule", namespace: "shop", name: "web" };
  const text = "spec.maxWait: is longer than a try of VirtualService shop/web";
  assert.deepEqual(overlap(queue), ["False", "NoOverlap", "No other control loop is known to work against this one."]);
  assert.deepEqual(overlap(queue, queue.ref), ["True", "LoopsOverlap", `RequestQueue shop/web: ${text}`]);
  assert.deepEqual(overlap(policy, rule), ["True", "LoopsOverlap", `DestinationRule shop/web: ${text}`]);
  assert.deepEqual(overlap(policy, queue.ref, { ...rule, namespace: "other" }), [undefined, undefined, undefined]);
  assert.equal(overlap(queue, { ...queue.ref, name: "other" })[0], "False");
});
