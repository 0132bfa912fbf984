// Gives the tests of a file the shared mesh with a policy in force.
import { before } from "node:test";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { startController } from "../controller.ts";
import { assertUntouched, type Foreign, foreignObjects } from "../others-objects.ts";
import { sharedMesh } from "../shared-mesh.ts";
import { Enrolled } from "./enrolled.ts";

export interface EnrolledMesh {
  /** In tests only: there is none before. */
  readonly mesh: () => Enrolled;
  /** Nothing of what was there before the controller is changed, but for `exceptions` (kind namespace/name). */
  readonly untouched: (exceptions?: readonly string[]) => Promise<void>;
}

/** To be called in a describe. @param prepare what is there before the controller: users' objects, and what a test looks at first */
export function enrolledMesh(prepare: (cluster: Cluster) => Promise<unknown>): EnrolledMesh {
  const cluster = sharedMesh();
  let mesh: Enrolled | undefined;
  let foreign: Foreign | undefined;
  before(async () => {
    await prepare(cluster());
    foreign = await foreignObjects(cluster().kubectl);
    await startController(cluster().kubectl);
    mesh = new Enrolled(cluster());
    await mesh.begin();
  });
  return { mesh: () => mesh!, untouched: (exceptions) => assertUntouched(cluster().kubectl, foreign!, exceptions) };
}
