// A real Envoy accepts every bootstrap of the golden tests.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filterFile, lacksV8, validate, withoutEnvoy, withoutFilter } from "../../../test/envoy.ts";
import { translated } from "../../../test/manifests.ts";
import { renderEnvoy } from "./bootstrap.ts";

const testdata = join(import.meta.dirname, "../../../testdata");
const skip = withoutEnvoy();

for (const behaviour of readdirSync(testdata).filter((name) => existsSync(join(testdata, name, "envoy"))))
  test(`Envoy accepts: ${behaviour.replaceAll("-", " ")}`, { skip }, (t) => {
    const { plan } = translated(readFileSync(join(testdata, behaviour, "input.yaml"), "utf8"));
    for (const { pod, bootstrap } of renderEnvoy(plan, filterFile)) {
      const isRoutingOnly = lacksV8(bootstrap);
      if (isRoutingOnly) t.diagnostic(`${pod}: without its filter, as this Envoy was compiled without V8`);
      assert.equal(validate(isRoutingOnly ? withoutFilter(bootstrap) : bootstrap), "", pod);
    }
  });
