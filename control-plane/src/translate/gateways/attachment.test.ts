// A listener accepts only the routes that its protocol and allowedRoutes.kinds allow; no other route claims a host at the Gateway.
import assert from "node:assert/strict";
import { test } from "node:test";
import { meshGateway, meshRoute } from "../../api/mesh-gateway.ts";
import { listeners } from "./attachment.ts";

const apiVersion = "gateway.networking.k8s.io/v1";

/** Whether an HTTPRoute and a GRPCRoute have their host at a Gateway with only this listener. */
function taken(listener: { readonly protocol: string; readonly allowedRoutes?: unknown }): readonly boolean[] {
  const gateway = meshGateway.parse({
    ...{ apiVersion, kind: "Gateway", metadata: { name: "edge", namespace: "shop" } },
    spec: { listeners: [{ name: "one", port: 80, ...listener }] },
  });
  return ["HTTPRoute", "GRPCRoute"].map((kind) => {
    const route = meshRoute.parse({
      ...{ apiVersion, kind, metadata: { name: "web", namespace: "shop" } },
      spec: { parentRefs: [{ name: "edge" }], hostnames: ["shop.example"] },
    });
    const found = listeners({ namespaces: [], routes: [route] })(gateway);
    return found.some(({ routes }) => routes.some(({ hosts }) => hosts.includes("shop.example")));
  });
}

test("the routes have their hosts only at listeners that see requests", () => {
  for (const protocol of ["HTTP", "HTTPS"]) assert.deepEqual(taken({ protocol }), [true, true], protocol);
  for (const protocol of ["TCP", "TLS", "UDP", "HBONE"])
    assert.deepEqual(taken({ protocol }), [false, false], protocol);
});

test("if kinds are named, only those are accepted, compared by group too", () => {
  const of = (...kinds: readonly unknown[]): readonly boolean[] =>
    taken({ protocol: "HTTP", allowedRoutes: { kinds } });
  assert.deepEqual(of(), [true, true]);
  assert.deepEqual(of({ kind: "GRPCRoute" }), [false, true]);
  assert.deepEqual(of({ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }), [true, false]);
  assert.deepEqual(of({ group: "example.com", kind: "HTTPRoute" }, { kind: "TCPRoute" }), [false, false]);
});
