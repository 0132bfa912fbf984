// Istio's own validation accepts what Expedite makes for random meshes, and a refusal is a difference.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { compareObjects, validate } from "./compare.ts";
import { type Ours, oursFor } from "./expedite-objects.ts";
import { describe } from "./failure.ts";
import { Generator } from "./generator.ts";
import { istioVersions } from "./istio-versions.ts";
import { meshOf } from "./mesh/files.ts";
import { randomMesh } from "./mesh/random-mesh.ts";
import type { Trial } from "./minimise.ts";
import { missingGenerators } from "./missing.ts";
import type { Json, Thing } from "./protocol.ts";
import { run } from "./run.ts";

const meshes = 1000;
const skip = missingGenerators();

type Change = (ours: Ours) => Ours;
const withRule = (change: (rule: Thing) => Thing): Change => {
  return (ours) => ({
    ...ours,
    destinationRules: ours.destinationRules.map((rule, at) => (at > 0 ? rule : change(rule))),
  });
};
const withFilter = (change: (filter: Thing) => Thing): Change => {
  return (ours) => ({ ...ours, envoyFilters: ours.envoyFilters.map((one, at) => (at > 0 ? one : change(one))) });
};
const withPatches = (change: (patch: Json) => Json): Change =>
  withFilter((filter) => {
    const spec = filter.spec as Json & { readonly configPatches: readonly Json[] };
    return { ...filter, spec: { ...spec, configPatches: spec.configPatches.map(change) } };
  });

/** An invalid change to an object, and Istio's answer to it. */
const wrong: readonly (readonly [name: string, change: Change, said: RegExp])[] = [
  [
    "a rule without a host",
    withRule((rule) => ({ ...rule, spec: { ...(rule.spec as Json), host: "" } })),
    /^DestinationRule .*configuration is invalid: /,
  ],
  [
    "a subset's name in capitals",
    withRule((rule) => ({ ...rule, spec: { ...(rule.spec as Json), subsets: [{ name: "No_Label" }] } })),
    /^DestinationRule .*subset name is invalid/,
  ],
  [
    "a patch without a value",
    withPatches(({ patch, ...rest }) => ({ ...rest, patch: { operation: (patch as Json).operation } })),
    /^EnvoyFilter .*configuration is invalid: /,
  ],
  [
    "a patch for something that does not exist",
    withPatches((patch) => ({ ...patch, applyTo: "EVERYTHING" })),
    /^EnvoyFilter .*EVERYTHING/,
  ],
  [
    "a field next to the spec",
    withFilter((filter) => ({ ...filter, data: {} })),
    /^EnvoyFilter .*unknown field "data"/,
  ],
  [
    "a kind of another group",
    withRule((rule) => ({ ...rule, apiVersion: "network.istio.io/v1" })),
    /^DestinationRule .*unrecognized type/,
  ],
  [
    "a version that Istio does not serve",
    withRule((rule) => ({ ...rule, apiVersion: "networking.istio.io/v9" })),
    /^DestinationRule .*istiod does not read DestinationRule of networking\.istio\.io\/v9/,
  ],
];

for (const istio of istioVersions) {
  const generator = skip === undefined ? new Generator(istio) : undefined;
  after(() => generator?.end());

  test(`Istio ${istio} accepts what Expedite makes for ${meshes} random meshes`, { skip }, async () => {
    const subjects = Array.from({ length: meshes }, (_, index) => ({
      ...{ name: `seed ${index + 1}`, trial: () => randomMesh(index + 1) },
    }));
    const compare = (trial: Trial) => validate({ generator: generator!, istio }, trial);
    const { failures, objects } = await run(compare, { istio, subjects, generators: generator!.size });
    assert.deepEqual(failures.slice(0, 3).map(describe), [], `objects for ${failures.length} meshes are refused`);
    assert.ok(objects > meshes * 5, `${objects} objects`);
  });

  for (const [name, change, said] of wrong)
    test(`Istio ${istio} refuses ${name}, which counts as a difference`, { skip }, async () => {
      const mesh = meshOf(join(import.meta.dirname, "cases/two-part-host"));
      const ours = oursFor(mesh);
      assert.ok(ours.destinationRules.length > 0 && ours.envoyFilters.length > 0);
      const asked = { generator: generator!, istio };
      const refusals = async (objects: Ours): Promise<readonly string[]> => {
        const { differences } = await compareObjects(asked, mesh, objects);
        return differences.filter(({ check }) => check === "refused by Istio").map(({ path }) => path);
      };
      assert.deepEqual(await refusals(ours), []);
      const [first, ...others] = await refusals(change(ours));
      assert.match(first ?? "nothing is refused", said);
      assert.deepEqual(others, []);
    });
}
