// What a file's tests share: a cluster with Istio, Bookinfo, what the file adds to them, and a policy in force. Started before the first test and
// stopped after the last.
import { after, before } from "node:test";
import { type Cluster, startCluster } from "../../kubernetes/cluster.ts";
import { startBookinfo } from "../bookinfo.ts";
import { startController } from "../controller.ts";
import { assertUntouched, type Foreign, foreignObjects } from "../foreign.ts";
import { Enrolled } from "./enrolled.ts";

export interface EnrolledMesh {
  /** In tests only: there is none before. */
  readonly mesh: () => Enrolled;
  /** Nothing of what was there before the controller is changed, but for `exceptions` (kind namespace/name). */
  readonly untouched: (exceptions?: readonly string[]) => Promise<void>;
}

/** To be called in a describe. @param prepare what is there before the controller: users' objects, and what a test looks at first */
export function enrolledMesh(prepare: (cluster: Cluster) => Promise<unknown>): EnrolledMesh {
  let cluster: Cluster | undefined;
  let mesh: Enrolled | undefined;
  let foreign: Foreign | undefined;
  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    await prepare(cluster);
    foreign = await foreignObjects(cluster.kubectl);
    await startController(cluster.kubectl);
    mesh = new Enrolled(cluster);
    await mesh.begin();
  });
  after(() => cluster?.stop());
  return { mesh: () => mesh!, untouched: (exceptions) => assertUntouched(cluster!.kubectl, foreign!, exceptions) };
}
