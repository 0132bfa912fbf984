// A canary in a mesh with a policy in force, under load of both levels, every request counted: both versions get their share of each level,
// and demoted requests have their level's connections, whatever part of the control plane is away.
import { describe, test } from "node:test";
import { applyObjects } from "../kubernetes/apply.ts";
import { enrolledMesh } from "./faults/enrolled-mesh.ts";
import { reflectDscp } from "./reflection.ts";
import { canaries } from "./routes/canary.ts";
import { versions } from "./routes/objects.ts";
import { inCluster } from "./suite.ts";

describe("canaries", inCluster, () => {
  const { mesh, untouched } = enrolledMesh(async (cluster) => {
    // Connections answer with the mark of their SYN where they were accepted after this: the level's are made later.
    for (const node of cluster.nodes) await reflectDscp(node);
    await applyObjects(cluster.kubectl, versions);
  });

  canaries(mesh);

  test("no object of a user's was changed", () => untouched());
});
