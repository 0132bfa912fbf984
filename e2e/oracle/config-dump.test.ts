// Why the controller never asks istiod for /debug/config_dump: istiod generates the answer with what the proxy was last sent and caches it
// as if it were current, so another proxy gets routes that a user has since changed. Nothing corrects that until something that they depend
// on changes again.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Generator } from "./generator.ts";
import { istioVersions } from "./istio-versions.ts";
import { missingGenerators } from "./missing.ts";
import type { MeshProxy, Thing } from "./protocol.ts";

const host = "reviews.shop.svc.cluster.local";
const service: Thing = {
  ...{ apiVersion: "v1", kind: "Service", metadata: { name: "reviews", namespace: "shop" } },
  spec: { clusterIP: "10.96.0.1", ports: [{ name: "http", port: 9080 }] },
};
const routesTo = (subset: string): Thing => ({
  ...{ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "reviews", namespace: "shop" } },
  spec: { hosts: [host], http: [{ route: [{ destination: { host, subset } }] }] },
});
const proxy = (name: string, address: string): MeshProxy => ({
  ...{ id: `${name}.shop`, type: "sidecar", namespace: "shop", address, labels: { app: "client" }, version: "1.31.0" },
});

for (const version of istioVersions)
  test(`istiod ${version}, asked for the configuration of a proxy that waits for a change, gives the next proxy the old routes`, {
    skip: missingGenerators(),
  }, async () => {
    const generator = new Generator(version);
    after(() => generator.end());
    const clusterOf = async (asks: boolean): Promise<string | undefined> => {
      const answer = await generator.ask({
        ...{ mesh: {}, objects: [service, routesTo("v1")], steps: [] },
        proxies: [proxy("first", "10.1.0.1"), proxy("second", "10.1.0.2")],
        freeze: { changed: routesTo("v2"), route: "9080", asks },
      });
      assert.equal(answer.error, undefined);
      return /"cluster":"(outbound[^"]+reviews[^"]+)"/.exec(JSON.stringify(answer.frozen))?.[1];
    };
    assert.equal(await clusterOf(false), `outbound|9080|v2|${host}`);
    assert.equal(await clusterOf(true), `outbound|9080|v1|${host}`);
  });

test("no code of the controller asks for it", () => {
  const source = join(import.meta.dirname, "../../control-plane/src");
  const asking = globSync("**/*.ts", { cwd: source })
    .filter((file) => !file.endsWith(".test.ts"))
    .filter((file) => codeOf(readFileSync(join(source, file), "utf8")).includes("/debug/config_dump"));
  assert.deepEqual(asking, []);
});

/** The code without lines that are only comments, which may mention what is not done. */
function codeOf(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line))
    .join("\n");
}
