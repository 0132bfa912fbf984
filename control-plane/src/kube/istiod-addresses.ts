// In: Istio's namespace. Out: the debug ports of the istiod pods of every revision that are ready now.
import type { ApiServer } from "./api-server.ts";
import type { RawObject } from "./collections.ts";
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

function addressOf({ metadata, status = {} }: RawObject): string | undefined {
  const { podIP, conditions = [] } = status as {
    readonly podIP?: string;
    readonly conditions?: readonly { type: string; status: string }[];
  };
  const isReady = conditions.some(({ type, status: value }) => type === "Ready" && value === "True");
  if (podIP === undefined || !isReady || metadata.deletionTimestamp !== undefined) return undefined;
  return `http://${podIP.includes(":") ? `[${podIP}]` : podIP}:${debugPort}`;
}
