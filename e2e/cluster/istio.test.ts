// A mesh without Expedite, to know it by: every hop is mTLS with the caller's own identity, a stranger gets in by the
// gateway alone, and load passes without an error.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { obstacle } from "../kubernetes/build/requirements.ts";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import { startBookinfo, type Visit } from "./bookinfo.ts";
import { startLoad } from "./load.ts";

/** The client of the last hop, as its certificate says: namespace and account. */
const callerOf = ({ headers }: Visit): string | undefined =>
  /URI=spiffe:\/\/cluster\.local\/ns\/(.+)$/.exec(headers["X-Forwarded-Client-Cert"]?.at(-1) ?? "")?.[1];

const idOf = ({ headers }: Visit): string | undefined => headers["X-Request-Id"]?.[0];

/** A pod without a sidecar. */
const stranger = ["run", "stranger", "--image=expedite.local/app:1", "--image-pull-policy=Never", "--", "pause"];

describe("a mesh", { skip: obstacle() ?? false, timeout: 480_000 }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    await cluster.kubectl(stranger);
    await cluster.kubectl(["wait", "--for=condition=Ready", "pod/stranger", "--timeout=60s"]);
  });
  after(() => cluster?.stop());

  const ask = (url: string): Promise<string> => cluster.kubectl(["exec", "stranger", "--", "/program", "get", url]);

  test("ten pods have a sidecar, and the gateway has its pod", async () => {
    const path = "jsonpath={range .items[*]}{.spec.initContainers[*].name} {end}";
    const names = (await cluster.kubectl(["get", "pods", "-A", "-o", path])).split(" ");
    assert.equal(names.filter((name) => name === "istio-proxy").length, 10);
    await cluster.kubectl(["-n", "bookinfo", "rollout", "status", "deployment/edge-istio", "--timeout=60s"]);
  });

  test("a stranger's request passes the gateway and three services, each hop by mTLS and under one id", async () => {
    const frontend: Visit = JSON.parse(await ask("http://edge-istio.bookinfo/here"));
    const [details, reviews] = frontend.calls;
    const ratings = reviews?.calls[0];
    assert.ok(details && reviews && ratings, JSON.stringify(frontend));
    const hops = [frontend, details, reviews, ratings];
    const service = "bookinfo/sa/default";
    assert.deepEqual(hops.map(callerOf), ["bookinfo/sa/edge-istio", service, service, service]);
    assert.match(idOf(frontend) ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(hops.map(idOf), Array(4).fill(idOf(frontend)));
    assert.equal(new Set(hops.map(({ node }) => node)).size, 2, "both nodes have a part in it");
    assert.equal(frontend.path, "/here");
  });

  test("a stranger does not get past a sidecar", async () => {
    await assert.rejects(ask("http://reviews.bookinfo:9080/"), /connection reset|EOF/);
  });

  test("load passes without an error", async () => {
    const load = await startLoad(cluster, "/home");
    await sleep(5_000);
    const { requests, failed, errors } = await load.stop();
    assert.equal(failed, 0, errors.join("\n"));
    assert.ok(requests > 100, `${requests} requests`);
  });
});
