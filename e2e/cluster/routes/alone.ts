// The controller is scaled to 0 and a VirtualService changes: its destinations are in force at once for every level; what demoted
// requests keep of the old routes until the controller is back is measured and printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../process/wait.ts";
import { levelsOf, type Visit, visit } from "../bookinfo.ts";
import type { Enrolled } from "../faults/enrolled.ts";
import { call, headersOf, type LevelOfTest, levelsOfTest, reviews, routesToReviews } from "./caller.ts";
import { scale, takesItsConnections } from "./canary.ts";
import { type Http, toVersion, virtualService } from "./objects.ts";

const to = (version: string): readonly Http[] => [{ name: "all", route: [toVersion(version)] }];
const pathOf = { batch: "/export/all", others: "/home" } as const;

const frontend = { namespace: "bookinfo", target: "deployment/frontend" };
/** A proxy's workers have new routes a moment after its main thread says so. */
const workersHaveIt = (): Promise<void> => sleep(1_000);

const reviewsOf = ({ calls }: Visit): string => calls.find(({ pod }) => pod.startsWith("reviews-"))!.pod.slice(0, 10);

export function withoutController(mesh: () => Enrolled): void {
  /** The caller's proxy, and that of the front end, which sends on what the caller asks of it. */
  const has = (mark: string): Promise<void> =>
    waitUntil({ what: `the proxies have ${mark}`, seconds: 20 }, async () => {
      const texts = [undefined, frontend].map((proxy) => routesToReviews(mesh().cluster, proxy));
      return (await Promise.all(texts)).every((text) => text.includes(mark));
    });
  /** Answers of so many requests of each level, as text. */
  const answers = async (url: string, say: (visit: Visit) => string, count = 10) => {
    const found = {} as Record<LevelOfTest, string>;
    for (const level of levelsOfTest) {
      const said = new Set<string>();
      for (let index = 0; index < count; index++)
        said.add(await call(mesh().cluster, url, headersOf[level]).then(say, (error: Error) => statusOf(error)));
      found[level] = [...said].sort().join(" or ");
    }
    return found;
  };
  const back = async (url: string, say: (visit: Visit) => string): Promise<number> => {
    await scale(mesh(), 1);
    const start = performance.now();
    await waitUntil({ what: "both levels are answered alike", seconds: 60 }, async () => {
      const { batch, others } = await answers(url, say, 2);
      return batch === others;
    });
    return Math.round((performance.now() - start) / 1000);
  };

  test("reviews is sent back to v1 while the controller is away: 20 of 20 requests of each level go there at once", async () => {
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
      const found = [];
      for (let index = 0; index < 20; index++) found.push(await visit(cluster.kubectl, path));
      const right = found.filter((one) => reviewsOf(one) === "reviews-v1").length;
      console.log(`sent back while the controller is away, ${level}: ${right} of 20 to v1`);
      assert.equal(right, 20);
      assert.equal(levelsOf(found[0]!).reviews, level === "batch" ? "batch" : "interactive");
    }
    await scale(mesh(), 1);
    await mesh().inForce(60);
  });

  test("a timeout is shortened while the controller is away", async () => {
    const slow = `${reviews}/reviews?sleep=2s`;
    const timed = (timeout: string) => virtualService([{ name: "timed", timeout, route: [toVersion("v1")] }]);
    await mesh().apply(timed("10s"));
    await has('"timeout":"10s"');
    await takesItsConnections(mesh());
    assert.deepEqual(await answers(slow, () => "200", 3), { batch: "200", others: "200" });
    await scale(mesh(), 0);
    await mesh().apply(timed("1s"));
    await has('"timeout":"1s"');
    await workersHaveIt();
    const found = await answers(slow, () => "200", 3);
    console.log(`timeout 10s → 1s while the controller is away, of requests that take 2 s: ${JSON.stringify(found)}`);
    const seconds = await back(slow, () => "200");
    console.log(`timeout: both levels alike ${seconds} s after the controller was told to come back`);
    assert.deepEqual(found, { batch: "200", others: "504" });
    await mesh().inForce(60);
  });

  test("a rewrite changes, and a header operation comes, while the controller is away", async () => {
    const url = `${reviews}/old/x`;
    const rewritten = (name: string, uri: string, headers?: Http): string => {
      const operation = headers === undefined ? {} : { headers };
      const old = { name, match: [{ uri: { prefix: "/old/" } }], rewrite: { uri }, route: [toVersion("v1")] };
      return virtualService([
        { ...old, ...operation },
        { name: "rest", route: [toVersion("v1")] },
      ]);
    };
    const say = ({ path, headers }: Visit): string => `${path} ${headers["X-Route"]?.[0] ?? "unsaid"}`;
    await mesh().apply(rewritten("old", "/new/"));
    await has('"prefix_rewrite":"/new/"');
    await takesItsConnections(mesh());
    await waitUntil({ what: "both levels are rewritten", seconds: 30 }, async () =>
      Object.values(await answers(url, say)).every((said) => said === "/new/x unsaid"),
    );
    await scale(mesh(), 0);
    await mesh().apply(rewritten("old", "/newer/", { request: { set: { "x-route": "said" } } }));
    await has('"prefix_rewrite":"/newer/"');
    await workersHaveIt();
    const found = await answers(url, say);
    console.log(`rewrite and header operation changed while the controller is away: ${JSON.stringify(found)}`);
    // Nothing stands for a route of a name that is on no list.
    await mesh().apply(rewritten("renamed", "/newest/", { request: { set: { "x-route": "said" } } }));
    await has('"prefix_rewrite":"/newest/"');
    await workersHaveIt();
    const renamed = await answers(url, say);
    console.log(`the same, with another name for the route: ${JSON.stringify(renamed)}`);
    await scale(mesh(), 1);
    assert.deepEqual(found, { batch: "/new/x unsaid", others: "/newer/x said" });
    assert.deepEqual(renamed, { batch: "/newest/x said", others: "/newest/x said" });
    await mesh().inForce(60);
  });
}

/** As the pod's program says it: `… answered 504 Gateway Timeout`. */
const statusOf = ({ message }: Error): string => /answered (\d{3})/.exec(message)?.[1] ?? message;
