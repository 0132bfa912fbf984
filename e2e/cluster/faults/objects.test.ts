// What people do to the objects and pods of a mesh with a policy in force, each under load of both levels.
import { describe, test } from "node:test";
import { addBystanders } from "../others-objects.ts";
import { inCluster } from "../suite.ts";
import { dedicatedPods } from "./dedicated.ts";
import { deletedByHand } from "./deleted-by-hand.ts";
import { enrolledMesh } from "./enrolled-mesh.ts";
import { refusal } from "./refusal.ts";
import { usersObjects } from "./users-objects.ts";

describe("faults of objects", inCluster, () => {
  const { mesh, untouched } = enrolledMesh(({ kubectl }) => addBystanders(kubectl));

  deletedByHand(mesh);
  usersObjects(mesh);
  dedicatedPods(mesh);
  refusal(mesh);

  test("the users' objects did not change", () => untouched());
});
