// Users' routes come, change and go in a mesh in which a policy is in force, under load of both levels at fixed rates, every request
// counted; then with the controller away.
import { after, before, describe, test } from "node:test";
import { startBookinfo } from "./bookinfo.ts";
import { obstacle } from "./build/requirements.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { startController } from "./controller.ts";
import { Enrolled } from "./faults/enrolled.ts";
import { assertUntouched, type Foreign, foreignObjects } from "./foreign.ts";
import { withoutController } from "./routes/alone.ts";
import { versions } from "./routes/objects.ts";
import { fiveShapes } from "./routes/shapes.ts";

describe("users' routes under load", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  let mesh: Enrolled;
  let foreign: Foreign;

  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    await cluster.kubectl(["apply", "-f", "-"], versions);
    foreign = await foreignObjects(cluster.kubectl);
    await startController(cluster.kubectl);
    mesh = new Enrolled(cluster);
    await mesh.begin();
  });
  after(() => cluster?.stop());

  fiveShapes(() => mesh);
  withoutController(() => mesh);

  test("no object of a user's was changed by us", () => assertUntouched(cluster.kubectl, foreign));
});
