// kubeconform, strict, accepts the chart with every set of values, the add-on and the samples; it knows all kinds but those of operators that
// a cluster may lack.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { repository } from "../../release/bundle.ts";
import { template, withoutHelm } from "./helm.ts";
import { type Kubeconform, kubeconform, type Validated, withoutKubeconform } from "./kubeconform.ts";
import { valueSets } from "./value-sets.ts";

const manifests = join(repository, "manifests");
const withoutSchema = ["PodMonitor", "PolicyException", "PrometheusRule", "ServiceMonitor"];

suite("kubeconform", { skip: withoutKubeconform }, () => {
  let linter: Kubeconform;
  before(() => {
    linter = kubeconform();
  });
  after(() => linter.remove());

  async function accepted(yaml: string): Promise<readonly Validated[]> {
    const results = await linter.validate(yaml);
    const wrong = results.filter(({ status }) => status !== "statusValid" && status !== "statusSkipped");
    assert.deepEqual(wrong, []);
    assert.ok(results.some(({ status }) => status === "statusValid"));
    return results.filter(({ status }) => status === "statusSkipped");
  }

  for (const [what, args] of Object.entries(valueSets))
    test(`the chart ${what}`, { skip: withoutHelm }, async () => {
      const skipped = await accepted(await template(...args, "--set", "renderMode=alwaysRender"));
      const kinds = [...new Set(skipped.map(({ kind }) => kind))].sort();
      assert.deepEqual(kinds, what === "with everything on" ? withoutSchema : []);
    });

  test("the add-on and the samples", async () => {
    const samples = readdirSync(join(manifests, "samples")).filter((file) => file.endsWith(".yaml"));
    for (const file of ["addon/expedite.yaml", ...samples.map((name) => `samples/${name}`)])
      assert.deepEqual(await accepted(readFileSync(join(manifests, file), "utf8")), [], file);
  });

  test("a field that does not exist, and a value of another type, are found", async () => {
    const addOn = readFileSync(join(manifests, "addon/expedite.yaml"), "utf8");
    for (const [from, to, message] of [
      ["  replicas: 1\n", "  replica: 1\n", /'replica' not allowed/],
      ["  replicas: 1\n", '  replicas: "1"\n', /got string, want integer/],
    ] as const) {
      const results = await linter.validate(addOn.replace(from, to));
      const wrong = results.filter(({ status }) => status === "statusInvalid");
      assert.deepEqual([wrong.length, wrong[0]?.kind], [1, "Deployment"]);
      assert.match(wrong[0]!.msg, message);
    }
  });
});
