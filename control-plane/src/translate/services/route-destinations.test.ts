// What a route's destinations mean for its requests' connections.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot } from "../../core/snapshot.ts";
import type { EligibleHost } from "./eligible-hosts.ts";
import { routeDestinations } from "./route-destinations.ts";

const hash = { on: { kind: "DestinationRule", namespace: "web", name: "sticky" }, because: "has a consistent hash" };
const destinations = routeDestinations(
  { services: [], mesh: { clusterDomain: "cluster.local" } } as unknown as Snapshot,
  new Map([["wanted", {} as EligibleHost]]),
  (host) => (host === "sticky" ? hash : undefined),
);

test("a route to a host that hashes differs from others even if nobody prioritises the host, which distinguishes rules with the same name", () => {
  assert.match(
    destinations(["sticky"]).found ?? "",
    /^leads to sticky, whose DestinationRule web\/sticky has a consistent hash/,
  );
  assert.equal(destinations(["sticky"]).isWanted, false);
  assert.equal(destinations(["sticky", "wanted"]).isWanted, true);
});

test("a route to no relevant host gives no finding", () => {
  assert.deepEqual(destinations(["elsewhere"]), { isWanted: false });
});
