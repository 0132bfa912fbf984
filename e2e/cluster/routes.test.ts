// Users' routes come, change and go in a mesh in which a policy is in force, under load of both levels at fixed rates, every request
// counted; then with the controller away.
import { describe, test } from "node:test";
import { enrolledMesh } from "./faults/enrolled-mesh.ts";
import { withoutController } from "./routes/alone.ts";
import { versions } from "./routes/objects.ts";
import { fiveShapes } from "./routes/shapes.ts";
import { inCluster } from "./suite.ts";

describe("users' routes under load", inCluster, () => {
  const { mesh, untouched } = enrolledMesh(({ kubectl }) => kubectl(["apply", "-f", "-"], versions));

  fiveShapes(mesh);
  withoutController(mesh);

  test("no object of a user's was changed by us", () => untouched());
});
