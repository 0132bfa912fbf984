// Routes whose identity is too long for the filter are left out of its list and reported; others stay listed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { maxIdentityBytes, routeList } from "@expedite/filter/config/route-list.ts";
import { listedRoutes } from "./listed-routes.ts";
import type { RouteEntry } from "./route-entry.ts";

const entry = (index: number, identity: string): RouteEntry => ({
  ...{ on: { kind: "VirtualService", namespace: "shop", name: "reviews" }, to: [], isWanted: true, does: {} },
  ...{ identities: [identity], nameField: ["spec", "http", index, "name"] },
});

for (const [name, longest, longer] of [
  ["characters", "x".repeat(maxIdentityBytes), "x".repeat(maxIdentityBytes + 1)],
  ["bytes, not characters", "ß".repeat(maxIdentityBytes / 2), `${"ß".repeat(maxIdentityBytes / 2)}x`],
] as const)
  test(`a route's name that is too long: ${name}`, () => {
    const { variants, verdicts } = listedRoutes([entry(0, longest), entry(1, longer), entry(2, "short")], []);
    assert.deepEqual(variants, [{ routes: ["short", longest].sort() }]);
    assert.deepEqual(
      verdicts.map(({ reason, field }) => [reason, field?.join(".")]),
      [["RouteNotPrioritised", "spec.http.1.name"]],
    );
    assert.match(verdicts[0]!.message, /shorter name \(allowed: 512 bytes in all\)/);
    const list = { variants: [{ name: "0123456789abcdef", routes: [...variants[0]!.routes] }], excludedHosts: [] };
    assert.ok(routeList.safeParse(list).success);
  });
