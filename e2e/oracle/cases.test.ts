// Meshes in which Expedite once sent users' requests elsewhere: nothing differs any more, in either version of Istio, and a change that
// should be found is found.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { onlyAdds } from "./checks/only-adds.ts";
import { configOf } from "./checks/proven.ts";
import { compare } from "./compare.ts";
import { generationsOf, virtualHostsOf } from "./generation.ts";
import { Generator } from "./generator.ts";
import { istioVersions } from "./istio-versions.ts";
import { meshOf } from "./mesh/files.ts";
import { missingGenerators } from "./missing.ts";
import type { Thing } from "./protocol.ts";

const folder = join(import.meta.dirname, "cases");
const skip = missingGenerators();

/** Cases in which Expedite leaves the routes alone, and says so. */
const keptOut = ["root-namespace"];

for (const version of istioVersions) {
  const generator = skip === undefined ? new Generator(version) : undefined;
  after(() => generator?.end());
  for (const name of readdirSync(folder))
    test(`Istio ${version}: ${name.replaceAll("-", " ")}`, { skip }, async () => {
      const { differences, found } = await compare(
        { generator: generator!, istio: version },
        { mesh: meshOf(join(folder, name)) },
      );
      assert.deepEqual(differences, []);
      assert.equal(found > 0, !keptOut.includes(name), `${found} level clusters are used`);
    });

  test(`Istio ${version}: a route that a user's object merges into is found`, { skip }, async () => {
    const { objects } = meshOf(join(folder, "two-part-host"));
    const merge: Thing = {
      ...{
        apiVersion: "networking.istio.io/v1alpha3",
        kind: "EnvoyFilter",
        metadata: { name: "bad", namespace: "shop" },
      },
      spec: {
        configPatches: [
          {
            ...{ applyTo: "HTTP_ROUTE", match: { context: "SIDECAR_OUTBOUND" } },
            patch: { operation: "MERGE", value: { route: { timeout: "7s" } } },
          },
        ],
      },
    };
    const answer = await generator!.ask({
      ...{
        mesh: {},
        objects: objects.filter(({ apiVersion }) => !apiVersion.startsWith("expedite")),
        steps: [[merge]],
      },
      proxies: [
        { id: "client.shop", type: "sidecar", namespace: "shop", address: "10.1.0.1", labels: {}, version: "1.31.0" },
      ],
    });
    const [without, withIt] = generationsOf(answer);
    const found = onlyAdds({ check: "a", header: "x-request-priority" }, without!, withIt!).map(({ path }) => path);
    assert.ok(
      found.some((path) => path.endsWith("reviews.shop.svc.cluster.local:9080") || path.includes("route.timeout")),
      found.join("\n"),
    );
    // Istio ignores a VirtualService whose host has two parts, so the Service's default route applies.
    const hosts = virtualHostsOf(without!.get("client.shop")!.routes.get("9080")!);
    const route = hosts.find((host) => host.name === "reviews.shop.svc.cluster.local:9080")?.routes?.[0];
    assert.deepEqual([route?.name, configOf(route!)], ["default", undefined]);
  });
}
