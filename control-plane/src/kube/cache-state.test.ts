// Which pods should have a proxy that is connected to istiod.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheStateOf, type Watched } from "./cache-state.ts";
import { watchedKinds } from "./watched-kinds.ts";

const pod = (name: string, labels: Readonly<Record<string, string>>, ready = "True") => [
  `shop/${name}`,
  {
    value: {
      metadata: { name, namespace: "shop", labels },
      status: { podIP: "10.0.0.1", conditions: [{ type: "Ready", status: ready }] },
    },
    problems: [],
  },
];
const sidecar = { "security.istio.io/tlsMode": "istio" };

test("ready pods with a sidecar from Istio are found by namespace", () => {
  const empty = Object.keys(watchedKinds).map((kind) => [kind, { objects: new Map() }]);
  const pods = [pod("web", sidecar), pod("plain", {}), pod("starting", sidecar, "False")];
  const watched = {
    ...Object.fromEntries([...empty, ["priorityNodes", { objects: new Map() }]]),
    pods: { objects: new Map(pods as never) },
  } as unknown as Watched;
  const { podsWithSidecar } = cacheStateOf(watched, 1, undefined);
  assert.deepEqual([podsWithSidecar("shop"), podsWithSidecar("jobs")], [["web"], []]);
});
