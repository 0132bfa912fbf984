// A canary in a mesh with a policy in force, under load of both levels, with every request counted: both versions get their share of each
// level, and demoted requests take their level's connections, whichever part of the control plane is down.
import { describe, test } from "node:test";
import { applyObjects } from "../kubernetes/apply.ts";
import { enrolledMesh } from "./faults/enrolled-mesh.ts";
import { reflectDscp } from "./reflection.ts";
import { canaries } from "./routes/canary.ts";
import { versions } from "./routes/objects.ts";
import { inCluster } from "./suite.ts";

describe("canaries", inCluster, () => {
  const { mesh, untouched } = enrolledMesh(async (cluster) => {
    // Connections accepted after this answer with the DSCP of their SYN; the level's connections are opened later.
    for (const node of cluster.nodes) await reflectDscp(node);
    await applyObjects(cluster.kubectl, versions);
  });

  canaries(mesh);

  test("the users' objects did not change", () => untouched());
});
