// Keeps the objects of one kind in memory, up to date by list and watch through every failure, until it is stopped.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiServer } from "./api-server.ts";
import { pages, selectorsOf } from "./list.ts";

export type ReflectorOptions<T> = {
  readonly server: ApiServer;
  /** Without query, for example /api/v1/pods. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Keeps only what is needed of an object. Called once for each change. */
  readonly transform: (object: ApiObject) => T;
  /** Called after every change; `isSame`: all changed objects are the same according to `options.isSame`. */
  readonly changed: (isSame: boolean) => void;
  /** Absent: every event is a change. */
  readonly isSame?: (before: T | undefined, after: T | undefined) => boolean;
  /** Called with each failure of a list or a watch, and with undefined once the API server answers again. */
  readonly failed?: (error: unknown) => void;
  /** Milliseconds. */
  readonly times?: Partial<Times>;
};

export type Times = {
  /** How long a watch is requested to last: between this and twice this. */
  readonly watch: number;
  /** Until the response to a watch begins, and beyond the requested time, before a silent watch is aborted. */
  readonly late: number;
  /** How long a watch may be silent before it is aborted. Bookmarks come once a minute. */
  readonly silent: number;
  /** For a page of a list. */
  readonly page: number;
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** Until the reflector tries again for a kind that the API server does not know. */
  readonly absent: number;
};

export type ApiObject = {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
};

export type Reflector<T> = {
  /** By namespace/name. The same map from one change to the next. */
  readonly objects: ReadonlyMap<string, T>;
  readonly counts: () => { readonly relists: number; readonly restarts: number; readonly missed: number };
  readonly synced: () => boolean;
  /** Whether there are no objects only because the API server last answered that it does not know the kind. */
  readonly absent: () => boolean;
  /** When the API server last answered, by Date.now(). */
  readonly lastHeard: () => number;
  /** Resolves once no request is in progress. */
  readonly stop: () => Promise<void>;
};

/**
 * Watches are short, because a half-open connection looks like a quiet one, and the API server's bookmarks come once a minute; but it ends
 * a watch on time, with a bookmark before. So a stalled watch is noticed within 50 seconds.
 */
const defaults: Times = {
  watch: 20_000,
  late: 10_000,
  silent: 150_000,
  page: 30_000,
  firstDelay: 500,
  longestDelay: 30_000,
  absent: 60_000,
};
/** A list has at most the text and the objects of one page in memory: a pod has some 8 kB. */
const pageSize = 250;

type Entry<T> = { readonly version: string; readonly value: T };

/** The API server no longer knows the resourceVersion: only a new list helps. */
const isExpired = (error: unknown): boolean => error instanceof ApiError && error.status === 410;

const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

export function startReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const times = { ...defaults, ...options.times };
  const { server, transform, path, failed = () => {} } = options;
  const { labelSelector, fieldSelector } = options;
  const selectors = { labelSelector, fieldSelector };
  const ending = new AbortController();
  const objects = new Map<string, T>();
  let versions = new Map<string, string>();
  let version: string | undefined;
  let isSynced = false;
  let isAbsent = false;
  let failures = 0;
  let lastHeard = Date.now();
  const counts = { relists: 0, restarts: 0, missed: 0 };

  const heard = (): void => {
    lastHeard = Date.now();
  };

  async function list(): Promise<string> {
    const found = new Map<string, Entry<T>>();
    const signal = (): AbortSignal => AbortSignal.any([ending.signal, AbortSignal.timeout(times.page)]);
    let listed = "";
    for await (const page of pages<ApiObject>({ server, path, ...selectors, limit: pageSize, signal })) {
      heard();
      for (const item of page.items) {
        const key = keyOf(item);
        const { resourceVersion } = item.metadata;
        const isSame = versions.get(key) === resourceVersion && objects.has(key);
        found.set(key, { version: resourceVersion, value: isSame ? objects.get(key)! : transform(item) });
      }
      listed = page.resourceVersion;
    }
    replace(found);
    return listed;
  }

  function replace(found: ReadonlyMap<string, Entry<T>>, absent = false): void {
    const gone = [...objects.keys()].filter((key) => !found.has(key));
    const differing = [...found].filter(([key, entry]) => versions.get(key) !== entry.version);
    counts.relists++;
    if (isSynced) counts.missed += gone.length + differing.length;
    for (const key of gone) objects.delete(key);
    for (const [key, { value }] of differing) objects.set(key, value);
    versions = new Map([...found].map(([key, entry]) => [key, entry.version]));
    const isNew = !isSynced || absent !== isAbsent;
    isSynced = true;
    isAbsent = absent;
    if (isNew || gone.length + differing.length > 0) options.changed(false);
  }

  function take(line: string): void {
    const event = JSON.parse(line) as { readonly type: string; readonly object: ApiObject };
    heard();
    failures = 0;
    if (event.type === "ERROR") {
      const status = event.object as unknown as { readonly code?: number; readonly message?: string };
      throw new ApiError(status.code ?? 500, status.message ?? "the watch ended with an error");
    }
    version = event.object.metadata.resourceVersion;
    if (event.type === "BOOKMARK") return;
    const key = keyOf(event.object);
    const before = objects.get(key);
    if (event.type === "DELETED") {
      objects.delete(key);
      versions.delete(key);
    } else {
      objects.set(key, transform(event.object));
      versions.set(key, version);
    }
    options.changed(options.isSame?.(before, objects.get(key)) === true);
  }

  /** Returns when the API server has ended the watch on time. */
  async function watch(from: string): Promise<void> {
    const asked = Math.round(times.watch * (1 + Math.random()));
    const cut = new AbortController();
    let timer = setTimeout(() => cut.abort(new Error("the watch was not answered")), times.late);
    const query = new URLSearchParams({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: from,
      timeoutSeconds: String(Math.ceil(asked / 1000)),
      ...selectorsOf(selectors),
    });
    const signal = AbortSignal.any([ending.signal, cut.signal]);
    const answer = await server
      .open({ method: "GET", path: `${path}?${query}`, signal })
      .finally(() => clearTimeout(timer));
    heard();
    failed(undefined);
    timer = setTimeout(() => cut.abort(new Error("the watch did not end in its time")), asked + times.late);
    const silence = setTimeout(() => cut.abort(new Error("the watch was silent for too long")), times.silent);
    try {
      // A failure of the stream does not reach the lines by itself.
      const broken = new Promise<never>((_, reject) => answer.once("error", reject));
      const lines = createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY });
      const taken = (async () => {
        for await (const line of lines) {
          silence.refresh();
          take(line);
        }
      })();
      await Promise.race([taken, broken]);
    } finally {
      clearTimeout(timer);
      clearTimeout(silence);
      answer.destroy();
    }
  }

  /** While the API server does not know the kind, there are no objects of it. */
  async function waitWhileAbsent(): Promise<void> {
    heard();
    failures = 0;
    version = undefined;
    replace(new Map(), true);
    await sleep(times.absent, undefined, { signal: ending.signal });
  }

  async function waitAfter(error: unknown): Promise<void> {
    counts.restarts++;
    const delay = Math.min(times.firstDelay * 2 ** failures++, times.longestDelay) * (0.5 + Math.random() / 2);
    const asked = error instanceof ApiError ? (error.retryAfterMillis ?? 0) : 0;
    await sleep(Math.max(delay, asked), undefined, { signal: ending.signal });
  }

  async function recover(error: unknown): Promise<void> {
    if (ending.signal.aborted) return;
    failed(error);
    if (error instanceof ApiError && error.status === 404) return waitWhileAbsent();
    if (isExpired(error)) version = undefined;
    return waitAfter(error);
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        version ??= await list();
        const opened = Date.now();
        await watch(version);
        // A server that ends every watch at once must not be called in a loop.
        if (Date.now() - opened < times.firstDelay) await waitAfter(undefined);
        else failures = 0;
      } catch (error) {
        // Only stopping can reject what waits here.
        await recover(error).catch(() => {});
      }
    }
  }

  const running = run();
  return {
    objects,
    counts: () => ({ ...counts }),
    synced: () => isSynced,
    absent: () => isAbsent,
    lastHeard: () => lastHeard,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
