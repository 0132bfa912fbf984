// Rules that hold everywhere: no join is wrong, and nothing breaks. call-trees.test.ts checks trees of calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { headerList, levelHeader, levels, levelsOf, startSidecar, valuesOf } from "./sidecar.ts";

const rank = (level: string): number => levels.indexOf(level as (typeof levels)[number]);
const level = fc.constantFrom(...levels);

test("rules: with far more ids than slots, a join may be lost but is never wrong", () => {
  const { workers } = startSidecar({ workers: 2, config: { slotSets: 64 } });
  const seen = new Map<string, string>();
  let joined = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[0-9a-f]{1,12}$/), level), { minLength: 50, maxLength: 50 }),
      (requests) => {
        for (const [index, [id, name]] of requests.entries()) {
          if (seen.has(id)) continue;
          seen.set(id, name);
          levelsOf(workers[index % 2]!.inbound, { "x-request-id": id, [levelHeader]: name });
        }
        for (const [id] of requests) {
          const found = levelsOf(workers[0]!.outbound, { "x-request-id": id });
          if (found.length > 0) assert.deepEqual(found, [seen.get(id)]);
          joined += found.length;
        }
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(seen.size > 64 * 8, "more ids than slots");
  assert.ok(joined > 0 && joined < 200 * 50);
});

const byte = fc.nat({ max: 255 });
const rawValue = fc.array(byte, { maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const nearlyGood = fc
  .tuple(
    fc.constantFrom(
      ...levels,
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
      "a3ce929d0e0e4736-00f067aa0ba902b7",
      "/export/x?y=1",
      "host:80",
    ),
    fc.nat(),
    byte,
  )
  .map(([text, at, value]) => {
    const bytes = Buffer.from(text);
    bytes[at % bytes.length] = value;
    return bytes.toString("latin1");
  });
const headerName = fc.constantFrom(
  levelHeader,
  "x-request-id",
  "traceparent",
  "b3",
  "x-b3-traceid",
  ":path",
  ":authority",
  ":method",
  "a",
);
const request = fc.array(fc.tuple(headerName, fc.oneof(rawValue, nearlyGood)), { maxLength: 8 });

test("rules: 100 000 requests of any bytes break nothing and leave only levels of the ladder", () => {
  const rules = [
    { name: "a", match: { host: { exact: "host" }, path: { prefix: "/export" } }, level: "batch" },
    { name: "b", match: { headers: [{ name: "a", prefix: "b" }] }, level: "standard" },
  ];
  const worker = startSidecar({ config: { rules, trust: "Mesh", trustDomains: ["a"] } }).workers[0]!;
  const pages = (): readonly number[] => roles.map((role) => worker[role].pages);
  const roles = ["inbound", "outbound", "gateway"] as const;
  const before = pages();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...roles), request, rawValue), { minLength: 200, maxLength: 200 }),
      (list) => {
        for (const [role, headers, san] of list) {
          const properties = new Map([["connection.uri_san_peer_certificate", `spiffe://a/${san}`]]);
          const left = valuesOf(worker[role].request(headers, properties), levelHeader);
          for (const value of role === "inbound" ? left.slice(0, 1) : left)
            assert.notEqual(rank(value), -1, `${role}: ${value}`);
          assert.ok(role === "inbound" || left.length <= 1);
        }
      },
    ),
    { numRuns: 500 },
  );
  assert.deepEqual(pages(), before);
});

test("rules: a header larger than the filter's memory for it is removed if it is the level header, and otherwise ignored", () => {
  const huge = "x".repeat(70_000);
  const { workers } = startSidecar({
    config: { rules: [{ name: "a", match: { path: { prefix: "/x" } }, level: "batch" }] },
  });
  const worker = workers[0]!;
  for (const role of ["inbound", "outbound"] as const)
    assert.deepEqual(levelsOf(worker[role], { [levelHeader]: huge, "x-request-id": huge }), []);
  assert.deepEqual(levelsOf(worker.gateway, { [levelHeader]: huge, ":path": `/${huge}` }), []);
  const many = headerList({ "x-request-id": "a".repeat(65_000), b3: "b".repeat(65_000), [levelHeader]: "batch" });
  assert.deepEqual(valuesOf(worker.inbound.request(many), levelHeader), ["batch"]);
});
