// Provides the shared mesh, with a policy in force, to the tests of a file.
import { before } from "node:test";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { startController } from "../controller.ts";
import { assertUntouched, type Foreign, foreignObjects } from "../others-objects.ts";
import { sharedMesh } from "../shared-mesh.ts";
import { Enrolled } from "./enrolled.ts";

export interface EnrolledMesh {
  /** Available in tests only, because a hook starts the mesh. */
  readonly mesh: () => Enrolled;
  /** Asserts that nothing that existed before the controller has changed, except for `exceptions` (kind namespace/name). */
  readonly untouched: (exceptions?: readonly string[]) => Promise<void>;
}

/**
 * To be called in a describe. @param prepare runs before the controller starts: creates users' objects, and whatever a test needs to see
 * first
 */
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
