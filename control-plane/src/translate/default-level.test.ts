// When a request of the default level carries the header: only where something inside the mesh would otherwise give it another level.
import assert from "node:assert/strict";
import { test } from "node:test";
import { twoLevelLadder } from "../../test/two-level-ladder.ts";
import type { Classification } from "../core/plan.ts";
import { writesDefault } from "./default-level.ts";

const believing: Classification = { trust: "Mesh", rules: [] };
const rule = (level: string): Classification => ({
  trust: "Mesh",
  rules: [{ name: "exports", policy: "shop/exports", match: { path: { prefix: "/export" } }, level }],
});

test("default level: it is written if a proxy that trusts somebody classifies to another level, or levels are in other headers", () => {
  const cases: readonly (readonly [boolean, object, readonly Classification[]])[] = [
    [false, {}, []],
    [false, {}, [believing, { trust: "Never", rules: [] }]],
    [false, {}, [{ ...believing, defaultLevel: "interactive" }, rule("interactive")]],
    [true, {}, [believing, rule("batch")]],
    [true, {}, [{ ...believing, defaultLevel: "batch" }]],
    [true, {}, [{ ...rule("batch"), trust: "Always" }]],
    // It classifies every request, whether the header is absent or names the default level.
    [
      false,
      {},
      [
        { ...rule("batch"), trust: "Never" },
        { trust: "Never", rules: [], defaultLevel: "batch" },
      ],
    ],
    [true, { readFrom: [{ baggage: "level" }] }, []],
    [true, { writeTo: { tracestate: "expedite" } }, []],
  ];
  for (const [expected, more, proxies] of cases)
    assert.equal(writesDefault(twoLevelLadder(more), proxies), expected, JSON.stringify([more, proxies]));
});
