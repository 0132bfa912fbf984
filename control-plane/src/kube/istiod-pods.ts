// Watches the istiod pods of every revision in Istio's namespace: the debug ports of ready ones, and what their arguments and environment
// tell of the mesh.
import { milliseconds } from "../api/duration.ts";
import { istiodLabels, labelSelector } from "../core/labels.ts";
import { isReady } from "../core/ready.ts";
import type { Debounce } from "../reconcile/ports.ts";
import type { ApiServer } from "./api-server.ts";
import { startReflector } from "./reflector.ts";
import { collectionPath, resources } from "./resources.ts";
import type { RawObject } from "./watched-kinds.ts";

/** istiod's port for metrics and debugging. */
export const debugPort = 15_014;

export type IstiodPod = {
  /** The URL of its debug port. */
  readonly url: string;
  /** Absent if its pod has no such argument, so that Istio's default applies. */
  readonly clusterDomain?: string;
  readonly debounce: Debounce;
};

type PodSpec = { readonly spec?: unknown };
type Container = {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
};

export function istiodPods(
  server: ApiServer,
  namespace: string,
): { readonly pods: () => readonly IstiodPod[]; readonly stop: () => Promise<void> } {
  const reflector = startReflector({
    server,
    path: collectionPath(resources.pods, namespace),
    labelSelector: labelSelector(istiodLabels),
    changed: () => {},
    transform: (object) => podOf(object as RawObject),
  });
  return {
    pods: () => [...reflector.objects.values()].flatMap((pod) => pod ?? []).sort((a, b) => (a.url < b.url ? -1 : 1)),
    stop: reflector.stop,
  };
}

function podOf(pod: RawObject): IstiodPod | undefined {
  const { podIP } = (pod.status ?? {}) as { readonly podIP?: string };
  if (podIP === undefined || !isReady(pod)) return undefined;
  const clusterDomain = clusterDomainOf(pod);
  const url = `http://${podIP.includes(":") ? `[${podIP}]` : podIP}:${debugPort}`;
  return { url, debounce: debounceOf(pod), ...(clusterDomain === undefined ? {} : { clusterDomain }) };
}

/** Its argument `--domain`, as Istio's chart sets it. */
export function clusterDomainOf(pod: PodSpec): string | undefined {
  for (const { args = [] } of containersOf(pod))
    for (const [index, arg] of args.entries()) {
      const domain = arg === "--domain" ? args[index + 1] : /^--domain=(.*)$/.exec(arg)?.[1];
      if (domain !== undefined && domain !== "") return domain;
    }
  return undefined;
}

/** Its variables PILOT_DEBOUNCE_AFTER and PILOT_DEBOUNCE_MAX; where they are not set, Istio's defaults (pilot/pkg/features). */
export function debounceOf(pod: PodSpec): Debounce {
  const variables = containersOf(pod).flatMap(({ env = [] }) => env);
  const value = (name: string): number | undefined =>
    milliseconds(variables.find((variable) => variable.name === name)?.value);
  return { after: value("PILOT_DEBOUNCE_AFTER") ?? 100, max: value("PILOT_DEBOUNCE_MAX") ?? 10_000 };
}

function containersOf({ spec }: PodSpec): readonly Container[] {
  const { containers = [] } = (spec ?? {}) as { readonly containers?: readonly Container[] };
  return containers;
}
