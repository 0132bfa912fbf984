// Reads a list from the API server in pages, so that a large one is never completely in memory.
import type { ApiServer } from "./api-server.ts";

export type ListOptions = {
  readonly server: ApiServer;
  /** Without a query, for example /api/v1/pods. */
  readonly path: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects in a page. */
  readonly limit: number;
  /** Called for each page: aborts that request. */
  readonly signal: () => AbortSignal;
};

export type Page<T> = { readonly items: readonly T[]; readonly resourceVersion: string };

/** The items of a list come without their apiVersion and kind. @throws as ApiServer.read */
export async function* pages<T>(options: ListOptions): AsyncGenerator<Page<T>> {
  const { server, path, limit, signal } = options;
  for (let next = ""; ; ) {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(next === "" ? {} : { continue: next }),
      ...selectorsOf(options),
    });
    const { items, metadata } = (await server.read({ method: "GET", path: `${path}?${query}`, signal: signal() })) as {
      readonly items: readonly T[];
      readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
    };
    yield { items, resourceVersion: metadata.resourceVersion };
    next = metadata.continue ?? "";
    if (next === "") return;
  }
}

/** For a query. */
export function selectorsOf({
  labelSelector,
  fieldSelector,
}: Pick<ListOptions, "labelSelector" | "fieldSelector">): Readonly<Record<string, string>> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

/** All items at once: for lists that are known to be short. @throws as ApiServer.read */
export async function listAll<T>(options: ListOptions): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const { items } of pages<T>(options)) found.push(...items);
  return found;
}
