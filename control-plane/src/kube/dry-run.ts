// In: an API server. Out: what it holds of ours, and what it would store if an object were applied. Changes nothing.
import { type Manifest, type ManifestRef, managedBy } from "../core/manifest.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { fieldManager, objectPath } from "./apply.ts";

/** An object as the API server holds it. */
export type StoredObject = ManifestRef & {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly data?: unknown;
};

export type Preview = {
  /** Every object with our label, of the kinds that we write. @throws when a kind is not there, or the server refuses */
  ours(): Promise<readonly StoredObject[]>;
  /** Under that name, ours or not; undefined where there is none. */
  current(ref: ManifestRef): Promise<StoredObject | undefined>;
  /**
   * As it would be stored, with what the API server adds by itself: server-side apply as a dry run, with the controller's
   * field manager. Undefined: its namespace is not there. @throws what the API server, or a webhook, says against it
   */
  applied(manifest: Manifest): Promise<StoredObject | undefined>;
};

const answerMillis = 10_000;
const labelSelector = Object.entries(managedBy)
  .map(([key, value]) => `${key}=${value}`)
  .join();

/** `namespace`: of the controller, the only one in which it writes ConfigMaps. */
export function previewOf(server: ApiServer, namespace: string): Preview {
  const signal = (): AbortSignal => AbortSignal.timeout(answerMillis);
  const lists = [
    {
      ...{ apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" },
      path: "/apis/networking.istio.io/v1alpha3/envoyfilters",
    },
    {
      ...{ apiVersion: "networking.istio.io/v1", kind: "DestinationRule" },
      path: "/apis/networking.istio.io/v1/destinationrules",
    },
    { apiVersion: "v1", kind: "ConfigMap", path: `/api/v1/namespaces/${namespace}/configmaps` },
  ];

  async function list({ apiVersion, kind, path }: (typeof lists)[number]): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    for (let next = ""; ; ) {
      const query = new URLSearchParams({ labelSelector, limit: "100", ...(next === "" ? {} : { continue: next }) });
      const page = (await server
        .read({ method: "GET", path: `${path}?${query}`, signal: signal() })
        .catch((error: unknown) => {
          if (isAbsent(error)) throw new Error(`the cluster has no kind ${kind} of ${apiVersion}: is Istio installed?`);
          throw error;
        })) as { readonly items: readonly StoredObject[]; readonly metadata: { readonly continue?: string } };
      // The items of a list come without their kind.
      found.push(...page.items.map((item) => ({ ...item, apiVersion, kind })));
      next = page.metadata.continue ?? "";
      if (next === "") return found;
    }
  }

  return {
    ours: async () => (await Promise.all(lists.map(list))).flat(),
    current: (ref) =>
      orUndefined(server.read({ method: "GET", path: objectPath(ref), signal: signal() })) as Promise<
        StoredObject | undefined
      >,
    applied: (manifest) => {
      const path = `${objectPath(manifest)}?fieldManager=${fieldManager}&force=true&dryRun=All`;
      const contentType = "application/apply-patch+yaml";
      return orUndefined(
        server.read({ method: "PATCH", path, body: manifest, contentType, signal: signal() }),
      ) as Promise<StoredObject | undefined>;
    },
  };
}

const isAbsent = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

async function orUndefined(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
