// In 300 random meshes, Istio's own generator makes the same with Expedite as without of everything that is not Expedite's.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { compare } from "./compare.ts";
import { describe, leastOf } from "./failure.ts";
import { Generator } from "./generator.ts";
import { istioVersions } from "./istio-versions.ts";
import { randomMesh } from "./mesh/random-mesh.ts";
import type { Trial } from "./minimise.ts";
import { missingGenerators } from "./missing.ts";
import { run } from "./run.ts";

const subjects = Array.from({ length: 300 }, (_, index) => ({
  ...{ name: `seed ${index + 1}`, trial: () => randomMesh(index + 1) },
}));

for (const version of istioVersions)
  test(`Istio ${version} makes the same of ${subjects.length} random meshes with Expedite`, {
    skip: missingGenerators(),
  }, async () => {
    const generator = new Generator(version);
    after(() => generator.end());
    const compareOne = (trial: Trial) => compare({ generator, istio: version }, trial);
    const options = { istio: version, subjects, generators: generator.size };
    const { failures, found, proxies } = await run(compareOne, options);
    const [first] = failures;
    if (first !== undefined) {
      const trial = subjects.find(({ name }) => name === first.name)!.trial();
      assert.fail(`${failures.length} differ\n${describe(await leastOf(compareOne, first, trial))}`);
    }
    // The meshes are not trivial.
    assert.ok(proxies > 1000 && found > 1000, `${proxies} proxies, ${found} clusters of levels`);
  });
