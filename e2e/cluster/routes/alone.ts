// A VirtualService changes while there is no controller: its destinations take effect at once for every level. What demoted requests keep
// of the old routes until a controller is back is measured and printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../process/wait.ts";
import { frontend, levelsOf, type Visit, visit } from "../bookinfo.ts";
import type { Enrolled } from "../faults/enrolled.ts";
import { type Answered, sendSome } from "../fixed-rate.ts";
import { headersOf, type LevelOfTest, levelsOfTest, reviews, routesToReviews } from "./caller.ts";
import { scale, takesItsConnections } from "./canary.ts";
import { type Http, toVersion, virtualService } from "./objects.ts";

const to = (version: string): readonly Http[] => [{ name: "all", route: [toVersion(version)] }];
const pathOf = { batch: "/export/all", others: "/home" } as const;

const frontendProxy = { namespace: "bookinfo", target: "deployment/frontend" };
/** A proxy's workers have new routes a moment after its main thread reports them. */
const workersHaveIt = (): Promise<void> => sleep(1_000);

const reviewsOf = ({ calls }: Visit): string => calls.find(({ pod }) => pod.startsWith("reviews-"))!.pod.slice(0, 10);

export function withoutController(mesh: () => Enrolled): void {
  /** The caller's proxy, and that of the front end, which forwards the caller's requests. */
  const has = (mark: string): Promise<void> =>
    waitUntil({ what: `the proxies have ${mark}`, seconds: 20 }, async () => {
      const texts = [undefined, frontendProxy].map((proxy) => routesToReviews(mesh().cluster, proxy));
      return (await Promise.all(texts)).every((text) => text.includes(mark));
    });
  /**
   * The answers to some requests of each level: the status, and for 200 also the path that reviews saw and the header that its route set.
   */
  const answers = async (url: string) => {
    const found = {} as Record<LevelOfTest, string>;
    for (const level of levelsOfTest) {
      const { requests } = await sendSome(mesh().cluster, { url, headers: headersOf[level] });
      found[level] = [...new Set(requests.map(said))].sort().join(" or ");
    }
    return found;
  };

  test("reviews goes back to v1 while the controller is down: all requests of each level go there at once", async () => {
    const { cluster } = mesh();
    await mesh().apply(virtualService(to("v2")));
    await has('"cluster":"outbound|9080|v2|');
    await takesItsConnections(mesh());
    await workersHaveIt();
    for (const path of Object.values(pathOf)) assert.equal(reviewsOf(await visit(cluster.kubectl, path)), "reviews-v2");
    await scale(mesh(), 0);
    await mesh().apply(virtualService(to("v1")));
    await has('"cluster":"outbound|9080|v1|');
    await workersHaveIt();
    for (const [level, path] of Object.entries(pathOf)) {
      const { requests } = await sendSome(cluster, { url: `${frontend}${path}` });
      const right = requests.filter(({ met }) => met.includes(", reviews-v1 ")).length;
      console.log(`sent back while the controller is down, ${level}: ${right} of ${requests.length} to v1`);
      assert.equal(right, requests.length);
      assert.equal(levelsOf(await visit(cluster.kubectl, path)).reviews, level === "batch" ? "batch" : "interactive");
    }
    await scale(mesh(), 1);
    await mesh().inForce(60);
  });

  test("a timeout is shortened while the controller is down", async () => {
    const slow = `${reviews}/reviews?sleep=2s`;
    const timed = (timeout: string) => virtualService([{ name: "timed", timeout, route: [toVersion("v1")] }]);
    await mesh().apply(timed("10s"));
    await has('"timeout":"10s"');
    await takesItsConnections(mesh());
    assert.deepEqual(await answers(slow), { batch: "200 /reviews", others: "200 /reviews" });
    await scale(mesh(), 0);
    await mesh().apply(timed("1s"));
    await has('"timeout":"1s"');
    await workersHaveIt();
    const found = await answers(slow);
    console.log(`timeout 10s → 1s while the controller is down, of requests that take 2 s: ${JSON.stringify(found)}`);
    await scale(mesh(), 1);
    const start = performance.now();
    await waitUntil({ what: "both levels get the same answers", seconds: 60 }, async () => {
      const { batch, others } = await answers(slow);
      return batch === others;
    });
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`timeout: both levels the same ${seconds} s after the controller was scaled to 1`);
    assert.deepEqual(found, { batch: "200 /reviews", others: "504" });
    await mesh().inForce(60);
  });

  test("a rewrite changes and a header operation is added while the controller is down", async () => {
    const url = `${reviews}/old/x`;
    const rewritten = (name: string, uri: string, headers?: Http): string => {
      const operation = headers === undefined ? {} : { headers };
      const old = { name, match: [{ uri: { prefix: "/old/" } }], rewrite: { uri }, route: [toVersion("v1")] };
      return virtualService([
        { ...old, ...operation },
        { name: "rest", route: [toVersion("v1")] },
      ]);
    };
    await mesh().apply(rewritten("old", "/new/"));
    await has('"prefix_rewrite":"/new/"');
    await takesItsConnections(mesh());
    await waitUntil({ what: "both levels are rewritten", seconds: 30 }, async () =>
      Object.values(await answers(url)).every((text) => text === "200 /new/x"),
    );
    await scale(mesh(), 0);
    await mesh().apply(rewritten("old", "/newer/", { request: { set: { "x-route": "said" } } }));
    await has('"prefix_rewrite":"/newer/"');
    await workersHaveIt();
    const found = await answers(url);
    console.log(`rewrite and header operation changed while the controller is down: ${JSON.stringify(found)}`);
    // No shared route replaces a route whose name is on no list.
    await mesh().apply(rewritten("renamed", "/newest/", { request: { set: { "x-route": "said" } } }));
    await has('"prefix_rewrite":"/newest/"');
    await workersHaveIt();
    const renamed = await answers(url);
    console.log(`the same, with another name for the route: ${JSON.stringify(renamed)}`);
    await scale(mesh(), 1);
    assert.deepEqual(found, { batch: "200 /new/x", others: "200 /newer/x x-route=said" });
    assert.deepEqual(renamed, { batch: "200 /newest/x x-route=said", others: "200 /newest/x x-route=said" });
    await mesh().inForce(60);
  });
}

/** `200 /path x-route=value`, or the status alone. */
const said = ({ status, met }: Answered): string =>
  status === 200 ? `200 ${met.split(",")[0]!.replace(/^\S+ /, "")}` : `${status}`;
