// Users' routes are created, changed and deleted in a mesh with a policy in force, under load of both levels, with every request counted;
// then the same without a controller.
import { describe, test } from "node:test";
import { applyObjects } from "../kubernetes/apply.ts";
import { enrolledMesh } from "./faults/enrolled-mesh.ts";
import { withoutController } from "./routes/alone.ts";
import { versions } from "./routes/objects.ts";
import { fiveShapes } from "./routes/shapes.ts";
import { inCluster } from "./suite.ts";

describe("users' routes under load", inCluster, () => {
  const { mesh, untouched } = enrolledMesh(({ kubectl }) => applyObjects(kubectl, versions));

  fiveShapes(mesh);
  withoutController(mesh);

  test("the users' objects did not change", () => untouched());
});
