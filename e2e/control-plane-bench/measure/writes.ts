// Counts what the controller writes, by watching each kind that it may write in the API server.
import { setTimeout as sleep } from "node:timers/promises";
import type { Api, WatchEvent } from "../site/api.ts";

const ours = "labelSelector=app.kubernetes.io/managed-by%3Dexpedite";
const paths = [
  `/apis/networking.istio.io/v1alpha3/envoyfilters?${ours}`,
  `/apis/networking.istio.io/v1/destinationrules?${ours}`,
  "/apis/expedite.dev/v1alpha1/prioritypolicies",
  "/apis/expedite.dev/v1alpha1/priorityladders",
];

interface Write {
  /** performance.now() when the bench saw the write. */
  readonly at: number;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Writes {
  readonly seen: readonly Write[];
  /** Resolves once nothing has been written for this long. @returns when the last write was seen */
  quiet(seconds: number): Promise<number>;
  stop(): void;
}

/** Records every write from now on. */
export async function watchWrites(api: Api): Promise<Writes> {
  const seen: Write[] = [];
  const see = ({ type, object: { kind, metadata } }: WatchEvent): void => {
    if (type === "BOOKMARK") return;
    if (type === "ERROR") throw new Error(`a watch of the bench ended: ${JSON.stringify(metadata)}`);
    seen.push({ at: performance.now(), kind, namespace: metadata.namespace ?? "", name: metadata.name });
  };
  const stops = await Promise.all(
    paths.map(async (path) => {
      const list = await api.json<{ metadata: { resourceVersion: string } }>("GET", path);
      return api.watch(path, list.metadata.resourceVersion, see);
    }),
  );
  const quiet = async (seconds: number): Promise<number> => {
    const began = performance.now();
    for (;;) {
      const last = seen.at(-1)?.at ?? began;
      if (performance.now() - Math.max(last, began) > seconds * 1000) return last;
      await sleep(100);
    }
  };
  return {
    seen,
    quiet,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
