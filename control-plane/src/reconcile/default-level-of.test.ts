// What the controller reads from the filter's configurations, in the objects that it writes: golden folders, rendered as they are and as the
// step before their proxies classify.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Plan } from "../core/plan.ts";
import { readDocuments } from "../files/documents.ts";
import { loadSnapshot } from "../files/snapshot.ts";
import { moduleOf } from "../render/istio/filter.ts";
import { renderIstio } from "../render/istio/render.ts";
import { writingDefault } from "../translate/default-level.ts";
import { translate } from "../translate/translate.ts";
import { defaultLevelOf } from "./default-level-of.ts";
import { summaryOf } from "./object-summary.ts";

const module = moduleOf(new Uint8Array([0, 0x61, 0x73, 0x6d]));

function planOf(behaviour: string): Plan {
  const input = join(import.meta.dirname, "../../testdata", behaviour, "input.yaml");
  const loaded = loadSnapshot(readDocuments([input]), {});
  assert.ok("snapshot" in loaded);
  return translate(loaded.snapshot).plan;
}

const levelsOf = (plan: Plan) =>
  new Set(renderIstio(plan, module).flatMap((object) => summaryOf(object).defaultLevel ?? []));

test("objects say whether their filters write the default level, and whether a proxy classifies what comes without one", () => {
  const plan = planOf("requests-wait-at-a-busy-service");
  assert.ok(levelsOf(plan).has("classified"), [...levelsOf(plan)].join());
  assert.deepEqual(levelsOf(writingDefault(plan)), new Set(["written"]));
  assert.deepEqual(levelsOf({ ...plan, mode: "Observe" }), new Set(["absent"]));
  assert.deepEqual(levelsOf(planOf("only-listed-hosts-have-level-clusters")), new Set(["absent"]));
});

test("a gateway classifies what comes without a level if it trusts somebody's, and otherwise everything", () => {
  const filter = { role: "gateway", writeDefault: true, trust: "Mesh", rules: [{}] };
  const levelOf = (more: object) => defaultLevelOf([JSON.stringify({ ...filter, ...more })]);
  assert.equal(levelOf({}), "classified");
  assert.equal(levelOf({ rules: undefined, classifyDefault: "batch" }), "classified");
  assert.equal(levelOf({ trust: "Never" }), "written");
  assert.equal(levelOf({ rules: undefined }), "written");
});

test("the step takes rules from a gateway that trusts somebody's level, and from no other", () => {
  const plan = planOf("requests-wait-at-a-busy-service");
  const classification = { trust: "Never", rules: [], defaultLevel: "batch" } as const;
  const gateway = { name: "g", namespace: "shop", selector: {}, routing: plan.enrolments[0]!.routing };
  const gateways = (["Never", "Mesh"] as const).map((trust) => ({
    ...gateway,
    classification: { ...classification, trust },
  }));
  assert.deepEqual(
    writingDefault({ ...plan, gateways }).gateways.map((one) => one.classification),
    [classification, { trust: "Mesh", rules: [] }],
  );
});

test("what somebody edited until it is no configuration counts as one that writes nothing", () => {
  for (const text of ["", "{", "null", "[]", '"a"', '{"writeDefault":1}'])
    assert.equal(defaultLevelOf([text]), "absent");
  assert.equal(defaultLevelOf([]), undefined);
});
