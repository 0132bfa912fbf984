// Creates the PriorityLadder "default" once in an installation, so that a first policy shows what it would do. The Lease keeps that it
// happened: it lives as long as the installation, so a ladder that a user deletes does not come back.
import { setTimeout as sleep } from "node:timers/promises";
import { defaultLadder } from "../core/default-ladder.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { fieldManager } from "./apply.ts";
import { collectionPath, resources } from "./resources.ts";

/** On the Lease. */
const createdAnnotation = "expedite.dev/default-ladder";

export type DefaultLadderOptions = {
  readonly server: ApiServer;
  /** Of the Lease, like its name. */
  readonly namespace: string;
  readonly leaseName: string;
  /** Ends the attempts. */
  readonly isLeader: () => boolean;
  readonly created: () => void;
  /** Called for the first failure of a row; it is tried again. */
  readonly failed: (error: Error) => void;
  /** Milliseconds between two attempts. */
  readonly pauses?: { readonly first: number; readonly longest: number };
};

type Lease = {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
};

const answerMillis = 4_000;

/** Tries until it succeeds, or this replica no longer leads. Never rejects. */
export async function ensureDefaultLadder(options: DefaultLadderOptions): Promise<void> {
  const { isLeader, created, failed, pauses = { first: 1_000, longest: 60_000 } } = options;
  let pause = pauses.first;
  for (let attempt = 1; isLeader(); attempt++) {
    try {
      if (await createOnce(options)) created();
      return;
    } catch (error) {
      // The next renewal of the Lease may come in between.
      if (attempt === 2) failed(error as Error);
    }
    await sleep(pause, undefined, { ref: false });
    pause = Math.min(pause * 2, pauses.longest);
  }
}

/** @returns whether it was created now. @throws when a request fails */
async function createOnce({ server, namespace, leaseName }: DefaultLadderOptions): Promise<boolean> {
  const path = `${collectionPath(resources.leases, namespace)}/${leaseName}`;
  const signal = (): AbortSignal => AbortSignal.timeout(answerMillis);
  const lease = (await server.read({ method: "GET", path, signal: signal() })) as Lease;
  const { annotations = {} } = lease.metadata;
  if (annotations[createdAnnotation] !== undefined) return false;
  const isNew = await create(server, signal());
  const metadata = {
    ...lease.metadata,
    annotations: { ...annotations, [createdAnnotation]: isNew ? "created" : "present" },
  };
  // With the resourceVersion that was read, so that a Lease which changed meanwhile is refused.
  await server.read({ method: "PUT", path, body: { ...lease, metadata }, signal: signal() });
  return isNew;
}

/** False: there is one. An existing ladder is left as it is. */
async function create(server: ApiServer, signal: AbortSignal): Promise<boolean> {
  try {
    const path = `${collectionPath(resources.ladders)}?fieldManager=${fieldManager}`;
    await server.read({ method: "POST", path, body: defaultLadder, signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return false;
    throw error;
  }
}
