// What plans and configures goes away, each under load of both levels: no request fails for it, and all goes on when it is back.
import { after, before, describe, test } from "node:test";
import { startBookinfo } from "../bookinfo.ts";
import { obstacle } from "../build/requirements.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { startController } from "../controller.ts";
import { addBystanders, assertUntouched, type Foreign, foreignObjects } from "../foreign.ts";
import { underLoad } from "../load.ts";
import { podStarts } from "../pod-start.ts";
import { apiServerFaults } from "./api-server.ts";
import { controllerFaults } from "./controllers.ts";
import { Enrolled } from "./enrolled.ts";
import type { PodTimes } from "./new-pods.ts";
import { watchFaults } from "./watch.ts";

describe("faults of the control plane", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  let mesh: Enrolled;
  let without: PodTimes;
  let foreign: Foreign;

  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    await underLoad(cluster, "a mesh without us", async () => {
      without = await podStarts(cluster.kubectl, "before", 5);
    });
    await addBystanders(cluster.kubectl);
    foreign = await foreignObjects(cluster.kubectl);
    await startController(cluster.kubectl);
    mesh = new Enrolled(cluster);
    await mesh.begin();
  });
  after(() => cluster?.stop());

  apiServerFaults(() => mesh);
  watchFaults(
    () => mesh,
    () => without,
  );
  controllerFaults(
    () => mesh,
    () => without,
  );

  test("no object of a user's was changed by us", () =>
    // The test itself took istiod's pods away for a while.
    assertUntouched(cluster.kubectl, foreign, ["Deployment istio-system/istiod"]));
});
