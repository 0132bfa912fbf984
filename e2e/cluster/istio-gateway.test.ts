// An ingress gateway of Istio's that teams share: a policy for a VirtualService classifies requests for its hosts at proxies in another
// namespace, and a policy for the Gateway all other requests. Levels from outside are removed; of two policies the older one wins.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { available } from "../kubernetes/ready.ts";
import { waitUntil } from "../process/wait.ts";
import { levelsOf, type Visit } from "./bookinfo.ts";
import { type Condition, conditions, controllerLog, startController, waitForCondition } from "./controller.ts";
import { askAsOutsider, startOutsider } from "./outsider.ts";
import { ladder } from "./policies.ts";
import { sentBySubset } from "./proxy.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

const manifest = readFileSync(join(import.meta.dirname, "manifests/istio-gateway.yaml"), "utf8");
const everywhere = (level: string) => ({ frontend: level, details: level, reviews: level, ratings: level });
/** Where only gateways classify, the default level is the absence of the header. */
const byDefault = everywhere("");
const group = "networking.istio.io";

function policy(namespace: string, name: string, spec: unknown): string {
  return JSON.stringify({
    ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityPolicy" },
    ...{ metadata: { name, namespace }, spec },
  });
}

const under = (prefix: string, name = "rule") => [{ name, match: { path: { prefix } }, level: "batch" }];

describe("Istio's own gateway", inCluster, () => {
  const mesh = sharedMesh();
  const kubectl: Kubectl = (args, input) => mesh().kubectl(args, input);
  const apply = (text: string): Promise<string> => applyObjects(kubectl, text);

  before(async () => {
    await apply(manifest);
    await startOutsider(kubectl);
    await available(kubectl, "ingress", "ingress");
    await startController(kubectl);
    await apply(ladder("Enforce"));
  });

  /** Sends a request from outside the mesh. */
  async function visit(host: string, path: string, ...headers: readonly string[]): Promise<Visit> {
    return JSON.parse(await askAsOutsider(kubectl, `http://ingress.ingress${path}`, [`Host: ${host}`, ...headers]));
  }

  /**
   * Resolves once ten successive requests have the level at every service. A pod that reports the default level must have the filter,
   * because no header carries that level on the way; a demoted request also reaches pods without a filter.
   */
  async function arrives(host: string, path: string, level: string): Promise<void> {
    const detail = (): Promise<string> => controllerLog(kubectl);
    await waitUntil({ what: `${host}${path} is ${level}`, seconds: 60, detail }, async () => {
      for (let index = 0; index < 10; index++) assert.deepEqual(levelsOf(await visit(host, path)), everywhere(level));
      return true;
    });
  }

  const refused = (namespace: string, name: string): Promise<void> =>
    waitForCondition(kubectl, { kind: "prio", name, namespace }, { type: "Accepted", status: "False" });

  const accepted = async (namespace: string, name: string): Promise<Condition | undefined> =>
    (await conditions(kubectl, { kind: "prio", name, namespace })).find(({ type }) => type === "Accepted");

  test("a policy for a VirtualService classifies its host at the gateway of another namespace, and no other host", async () => {
    const targetRefs = [{ group, kind: "VirtualService", name: "shop" }];
    await apply(policy("bookinfo", "shop", { targetRefs, rules: under("/export") }));
    await arrives("shop.example", "/home", "");
    await arrives("shop.example", "/export/all", "batch");
    assert.deepEqual(levelsOf(await visit("other.example", "/export/all")), byDefault);
  });

  test("a level that comes from outside is removed", async () => {
    for (const host of ["shop.example", "other.example"])
      for (let index = 0; index < 10; index++) {
        const levels = levelsOf(await visit(host, "/home", "x-request-priority: batch"));
        assert.equal(levels.frontend, "");
        assert.ok(!Object.values(levels).includes("batch"), JSON.stringify(levels));
      }
  });

  test("requests of a level leave the gateway on connections of their own", async () => {
    const sent = await sentBySubset(kubectl, { namespace: "ingress", target: "deployment/ingress" }, "frontend");
    assert.ok(sent["expedite-batch"]! >= 10, JSON.stringify(sent));
  });

  test("the policy for the Gateway applies after that for the VirtualService, and to every other host", async () => {
    const targetRefs = [{ group, kind: "Gateway", name: "shared" }];
    const rules = [
      { name: "home", match: { path: { prefix: "/home" } }, level: "batch" },
      { name: "exports", match: { path: { prefix: "/export" } }, level: "interactive" },
    ];
    await apply(policy("infra", "platform", { targetRefs, rules }));
    await arrives("other.example", "/home", "batch");
    await arrives("shop.example", "/home", "batch");
    await arrives("shop.example", "/export/all", "batch");
    assert.deepEqual(levelsOf(await visit("other.example", "/export/all")), byDefault);
  });

  test("of two policies for one VirtualService the older wins, and the other's status names it", async () => {
    const targetRefs = [{ group, kind: "VirtualService", name: "shop" }];
    await apply(policy("bookinfo", "younger", { targetRefs, rules: under("/") }));
    await refused("bookinfo", "younger");
    const condition = await accepted("bookinfo", "younger");
    assert.equal(condition?.reason, "Conflicted");
    assert.match(
      condition?.message ?? "",
      /spec\.targetRefs\[0\]\.name: is targeted by the older PriorityPolicy shop already/,
    );
    assert.deepEqual(levelsOf(await visit("shop.example", "/details")), byDefault);
    await kubectl(["-n", "bookinfo", "delete", "prio", "younger"]);
  });

  test("a team can't classify another team's host by naming it", async () => {
    const spec = {
      ...{ hosts: ["shop.example"], gateways: ["infra/shared"] },
      http: [
        {
          match: [{ uri: { prefix: "/mine" } }],
          route: [{ destination: { host: "frontend.bookinfo.svc.cluster.local" } }],
        },
      ],
    };
    await apply(
      JSON.stringify({
        ...{
          apiVersion: `${group}/v1`,
          kind: "VirtualService",
          metadata: { name: "intruder", namespace: "jobs" },
          spec,
        },
      }),
    );
    const targetRefs = [{ group, kind: "VirtualService", name: "intruder" }];
    await apply(policy("jobs", "intruder", { targetRefs, defaultLevel: "batch" }));
    await refused("jobs", "intruder");
    const condition = await accepted("jobs", "intruder");
    assert.equal(condition?.reason, "Conflicted");
    assert.match(
      condition?.message ?? "",
      /has host shop\.example at Gateway infra\/shared, which the older VirtualService bookinfo\/shop owns/,
    );
    assert.deepEqual(levelsOf(await visit("shop.example", "/details")), byDefault);
  });

  test("without policies the gateway is as it was before", async () => {
    await kubectl(["-n", "bookinfo", "delete", "prio", "shop"]);
    await kubectl(["-n", "infra", "delete", "prio", "platform"]);
    await kubectl(["-n", "jobs", "delete", "prio", "intruder"]);
    await waitUntil({ what: "bookinfo and ingress have no EnvoyFilter", seconds: 30 }, async () => {
      const found = await Promise.all(
        ["bookinfo", "ingress"].map((namespace) => kubectl(["-n", namespace, "get", "envoyfilters", "-o", "name"])),
      );
      return found.join("").trim() === "";
    });
    // Nothing reads the header any more, and nothing removes it.
    await waitUntil({ what: "a header from outside passes the gateway", seconds: 30 }, async () => {
      const { frontend } = levelsOf(await visit("shop.example", "/export/all", "x-request-priority: batch"));
      return frontend === "batch";
    });
  });
});
