// Parts of the control plane go down, each under load of both levels: no request fails, and everything continues once the part is back.
import { describe, test } from "node:test";
import { underLoad } from "../load.ts";
import { addBystanders } from "../others-objects.ts";
import { podStarts } from "../pod-start.ts";
import { inCluster } from "../suite.ts";
import { apiServerFaults } from "./api-server.ts";
import { controllerFaults } from "./controllers.ts";
import { enrolledMesh } from "./enrolled-mesh.ts";
import type { PodTimes } from "./new-pods.ts";
import { watchFaults } from "./watch.ts";

describe("faults of the control plane", inCluster, () => {
  let without: PodTimes;
  const { mesh, untouched } = enrolledMesh(async (cluster) => {
    await underLoad(cluster, "a mesh without Expedite", async () => {
      without = await podStarts(cluster.kubectl, "before", 3);
    });
    await addBystanders(cluster.kubectl);
  });

  apiServerFaults(mesh);
  watchFaults(mesh, () => without);
  controllerFaults(mesh, () => without);

  test("the users' objects did not change", () =>
    // The test itself removed istiod's pods for a while.
    untouched(["Deployment istio-system/istiod"]));
});
