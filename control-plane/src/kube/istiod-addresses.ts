// In: Istio's namespace. Out: the debug ports of the istiod pods of every revision that are ready now.
import type { ApiServer } from "./api-server.ts";
import type { RawObject } from "./collections.ts";
import { isReady } from "./ready.ts";
import { startReflector } from "./reflector.ts";

/** istiod's port for metrics and debugging. */
const debugPort = 15014;

export function istiodAddresses(
  server: ApiServer,
  rootNamespace: string,
): { readonly addresses: () => readonly string[]; readonly stop: () => Promise<void> } {
  const reflector = startReflector({
    server,
    path: `/api/v1/namespaces/${rootNamespace}/pods`,
    labelSelector: "app=istiod",
    changed: () => {},
    transform: (object) => addressOf(object as RawObject),
  });
  return {
    addresses: () => [...reflector.objects.values()].flatMap((address) => address ?? []).sort(),
    stop: reflector.stop,
  };
}

function addressOf(pod: RawObject): string | undefined {
  const { podIP } = (pod.status ?? {}) as { readonly podIP?: string };
  if (podIP === undefined || !isReady(pod)) return undefined;
  return `http://${podIP.includes(":") ? `[${podIP}]` : podIP}:${debugPort}`;
}
