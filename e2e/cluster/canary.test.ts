// A canary in a mesh in which a policy is in force, under load of both levels at fixed rates, every request counted: both versions get
// their share of each level, and demoted requests have their level's connections, whoever is away.
import { after, before, describe, test } from "node:test";
import { startBookinfo } from "./bookinfo.ts";
import { obstacle } from "./build/requirements.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { startController } from "./controller.ts";
import { Enrolled } from "./faults/enrolled.ts";
import { assertUntouched, type Foreign, foreignObjects } from "./foreign.ts";
import { reflectDscp } from "./reflection.ts";
import { canaries } from "./routes/canary.ts";
import { versions } from "./routes/objects.ts";

describe("canaries", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  let mesh: Enrolled;
  let foreign: Foreign;

  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    // Connections answer with the mark of their SYN where they were accepted after this: the level's are made later.
    for (const node of cluster.nodes) await reflectDscp(node);
    await cluster.kubectl(["apply", "-f", "-"], versions);
    foreign = await foreignObjects(cluster.kubectl);
    await startController(cluster.kubectl);
    mesh = new Enrolled(cluster);
    await mesh.begin();
  });
  after(() => cluster?.stop());

  canaries(() => mesh);

  test("no object of a user's was changed by us", () => assertUntouched(cluster.kubectl, foreign));
});
