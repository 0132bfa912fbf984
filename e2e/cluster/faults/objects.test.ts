// What people do to objects and pods of a mesh in which a policy is in force, each under load of both levels.
import { after, before, describe, test } from "node:test";
import { startBookinfo } from "../bookinfo.ts";
import { obstacle } from "../build/requirements.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { startController } from "../controller.ts";
import { addBystanders, assertUntouched, type Foreign, foreignObjects } from "../foreign.ts";
import { dedicatedPods } from "./dedicated.ts";
import { deletedByHand } from "./deleted-by-hand.ts";
import { Enrolled } from "./enrolled.ts";
import { refusal } from "./refusal.ts";
import { usersObjects } from "./users-objects.ts";

describe("faults of objects", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  let mesh: Enrolled;
  let foreign: Foreign;

  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    await addBystanders(cluster.kubectl);
    foreign = await foreignObjects(cluster.kubectl);
    await startController(cluster.kubectl);
    mesh = new Enrolled(cluster);
    await mesh.begin();
  });
  after(() => cluster?.stop());

  deletedByHand(() => mesh);
  usersObjects(() => mesh);
  dedicatedPods(() => mesh);
  refusal(() => mesh);

  test("no object of a user's was changed by us", () => assertUntouched(cluster.kubectl, foreign));
});
