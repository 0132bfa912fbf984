// The mesh's own default route is what the inserted one is; where the mesh has several, every host keeps a route of its own.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { DefaultRoute } from "../../core/snapshot.ts";
import { readDocuments } from "../../files/documents.ts";
import { loadSnapshot } from "../../files/snapshot.ts";
import { translate } from "../../translate/translate.ts";
import { moduleOf } from "./filter.ts";
import { renderIstio } from "./render.ts";

const input = join(import.meta.dirname, "../../../testdata/enrolled-namespaces-choose-by-level/input.yaml");

type Patch = { readonly applyTo: string; readonly patch: { readonly value: { readonly route: unknown } } };

/** Values of the HTTP_ROUTE patches of an EnvoyFilter of shop; undefined: there is none. */
function routesOf(defaultRoutes: readonly DefaultRoute[], name: string): readonly unknown[] | undefined {
  const loaded = loadSnapshot(readDocuments([input]));
  assert.ok("snapshot" in loaded);
  const { plan } = translate({ ...loaded.snapshot, defaultRoutes });
  const found = renderIstio(plan, { module: moduleOf(new Uint8Array(4)), installNamespace: "istio-system" }).find(
    ({ metadata }) => metadata.namespace === "shop" && metadata.name === name,
  );
  return (found?.spec as { configPatches: readonly Patch[] } | undefined)?.configPatches
    .filter(({ applyTo }) => applyTo === "HTTP_ROUTE")
    .map(({ patch }) => patch.value.route);
}

test("the inserted route does what the mesh's default route does", () => {
  const seen = { timeout: "7s", maxGrpcTimeout: "7s", retryPolicy: { numRetries: 5 } };
  assert.deepEqual(routesOf([seen], "expedite-shared-routes"), [{ ...seen, cluster_specifier_plugin: "expedite" }]);
  assert.equal(routesOf([seen], "expedite-routes"), undefined);
});

test("a mesh with several default routes has one patch for each host", () => {
  const seen = [{ timeout: "0s" }, { timeout: "7s" }];
  assert.equal(routesOf(seen, "expedite-shared-routes"), undefined);
  assert.equal(routesOf(seen, "expedite-routes")?.length, 1);
});
