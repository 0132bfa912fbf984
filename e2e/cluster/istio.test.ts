// A mesh without Expedite, for comparison: every hop uses mTLS with the caller's own identity, requests from outside enter only through the
// gateway, and load passes without an error.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Visit } from "./bookinfo.ts";
import { startLoad } from "./load.ts";
import { askAsOutsider, startOutsider } from "./outsider.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

/** The client of the last hop according to its certificate: namespace and account. */
const callerOf = ({ headers }: Visit): string | undefined =>
  /URI=spiffe:\/\/prod\.example\/ns\/(.+)$/.exec(headers["X-Forwarded-Client-Cert"]?.at(-1) ?? "")?.[1];

const idOf = ({ headers }: Visit): string | undefined => headers["X-Request-Id"]?.[0];

describe("a mesh", inCluster, () => {
  const cluster = sharedMesh();
  before(() => startOutsider(cluster().kubectl));

  const ask = (url: string): Promise<string> => askAsOutsider(cluster().kubectl, url);

  test("ten pods have a sidecar, and the gateway has its pod", async () => {
    const path = "jsonpath={range .items[*]}{.spec.initContainers[*].name} {end}";
    const names = (await cluster().kubectl(["get", "pods", "-A", "-o", path])).split(" ");
    assert.equal(names.filter((name) => name === "istio-proxy").length, 10);
    const gateway = ["-l", "gateway.networking.k8s.io/gateway-name=edge", "-o", "name"];
    assert.match(await cluster().kubectl(["-n", "bookinfo", "get", "pods", ...gateway]), /^pod\/edge-istio-\S+\n$/);
  });

  test("a request from outside passes the gateway and three services, each hop with mTLS and all with one id", async () => {
    const frontend: Visit = JSON.parse(await ask("http://edge-istio.bookinfo/here"));
    const [details, reviews] = frontend.calls;
    const ratings = reviews?.calls[0];
    assert.ok(details && reviews && ratings, JSON.stringify(frontend));
    const hops = [frontend, details, reviews, ratings];
    const service = "bookinfo/sa/default";
    assert.deepEqual(hops.map(callerOf), ["bookinfo/sa/edge-istio", service, service, service]);
    assert.match(idOf(frontend) ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(hops.map(idOf), Array(4).fill(idOf(frontend)));
    assert.equal(new Set(hops.map(({ node }) => node)).size, 2, "the request visits both nodes");
    assert.equal(frontend.path, "/here");
  });

  test("a request from outside does not get past a sidecar", async () => {
    await assert.rejects(ask("http://reviews.bookinfo:9080/"), /connection reset|EOF/);
  });

  test("load passes without an error", async () => {
    const load = await startLoad(cluster(), "/home");
    await sleep(5_000);
    const { requests, failed, errors } = await load.stop();
    assert.equal(failed, 0, errors.join("\n"));
    assert.ok(requests > 20, `${requests} requests`);
  });
});
