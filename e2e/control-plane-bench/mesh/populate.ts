// Grows the mesh in the API server to a size, by adding objects through the API as users and kubelets would.

import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../process/wait.ts";
import { type Api, each } from "../site/api.ts";
import {
  type NamedPod,
  namespaceObject,
  placesOf,
  podObject,
  podOf,
  runningStatus,
  serviceObject,
  servicesOf,
  sliceObject,
} from "./objects.ts";

const mergePatch = "application/merge-patch+json";

/** Adds a pod that is running and ready at once. @returns its path */
export async function addPod(api: Api, pod: NamedPod, address: string): Promise<string> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods`;
  await api.text("POST", path, podObject(pod));
  await api.text("PATCH", `${path}/${pod.name}/status`, runningStatus(address), mergePatch);
  return `${path}/${pod.name}`;
}

/** Waits for the service account that a pod needs, which the controller manager creates. */
async function addNamespaces(api: Api, services: number, from: number): Promise<void> {
  const known = new Set(from === 0 ? [] : placesOf(from).map(({ namespace }) => namespace));
  const places = placesOf(services).filter(({ namespace }) => !known.has(namespace));
  await each(places, (place) => api.text("POST", "/api/v1/namespaces", namespaceObject(place)));
  await each(places, ({ namespace }) =>
    waitUntil({ what: `${namespace} has its service account`, seconds: 60 }, async () => {
      await api.text("GET", `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
      return true;
    }),
  );
}

/**
 * Adds what a mesh of `services` has beyond one of `from`, and waits until the controller manager has seen it: it writes an empty
 * EndpointSlice of its own for each service, at a limited rate.
 */
export async function grow(api: Api, from: number, services: number): Promise<void> {
  await addNamespaces(api, services, from);
  const added = servicesOf(services).slice(from);
  const pods = added.flatMap((service) => service.addresses.map((address, index) => ({ service, index, address })));
  await each(pods, async ({ service, index, address }) => {
    await addPod(api, podOf(service, index), address);
  });
  await each(added, async (service) => {
    const slices = `/apis/discovery.k8s.io/v1/namespaces/${service.namespace}/endpointslices`;
    await api.text("POST", slices, sliceObject(service));
    await api.text("POST", `/api/v1/namespaces/${service.namespace}/services`, serviceObject(service));
  });
  await waitUntil({ what: "the controller manager has seen every service", seconds: 300 }, async () => {
    await sleep(1000);
    const list = await api.json<{ items: readonly unknown[] }>("GET", "/apis/discovery.k8s.io/v1/endpointslices");
    return list.items.length >= 2 * services;
  });
}
