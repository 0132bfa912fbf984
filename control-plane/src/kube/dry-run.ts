// Reads Expedite's objects from the API server, and what it would store if one were applied. Changes nothing.
import { labelSelector, managedBy } from "../core/labels.ts";
import type { Manifest, ManifestRef } from "../core/manifest.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { applyType, fieldManager } from "./apply.ts";
import { listAll } from "./list.ts";
import { apiVersionOf, collectionPath, objectPath, type Resource, resources } from "./resources.ts";

/** An object as the API server stores it. */
export type StoredObject = ManifestRef & {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
};

export type Preview = {
  /** Every object with Expedite's label, of the kinds that the controller writes. @throws when a kind is missing, or the server refuses */
  ours(): Promise<readonly StoredObject[]>;
  /** The object with that name, with or without Expedite's label; undefined if there is none. */
  current(ref: ManifestRef): Promise<StoredObject | undefined>;
  /**
   * As it would be stored, with what the API server adds by itself: server-side apply as a dry run, with the controller's field manager.
   * Undefined if its namespace is missing. @throws the objection of the API server or a webhook
   */
  applied(manifest: Manifest): Promise<StoredObject | undefined>;
};

const answerMillis = 10_000;
const pageSize = 100;

export function previewOf(server: ApiServer): Preview {
  const signal = (): AbortSignal => AbortSignal.timeout(answerMillis);
  const list = async (resource: Resource): Promise<readonly StoredObject[]> => {
    const { kind } = resource;
    const apiVersion = apiVersionOf(resource);
    const path = collectionPath(resource);
    const options = { server, path, labelSelector: labelSelector(managedBy), limit: pageSize, signal };
    try {
      // The items of a list do not contain their kind.
      return (await listAll<StoredObject>(options)).map((item) => ({ ...item, apiVersion, kind }));
    } catch (error) {
      if (isAbsent(error)) throw new Error(`the cluster has no kind ${kind} of ${apiVersion}: is Istio installed?`);
      throw error;
    }
  };
  const written = [resources.envoyFilters, resources.destinationRules];
  return {
    ours: async () => (await Promise.all(written.map(list))).flat(),
    current: (ref) => orUndefined(server.read({ method: "GET", path: objectPath(ref), signal: signal() })),
    applied: (manifest) => {
      const path = `${objectPath(manifest)}?fieldManager=${fieldManager}&force=true&dryRun=All`;
      const request = { method: "PATCH", path, body: manifest, contentType: applyType, signal: signal() } as const;
      return orUndefined(server.read(request));
    },
  };
}

const isAbsent = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

async function orUndefined(answer: Promise<unknown>): Promise<StoredObject | undefined> {
  try {
    return (await answer) as StoredObject;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
