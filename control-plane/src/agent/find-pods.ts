// Finds which network namespace belongs to which pod, with as few reads of namespaces as possible.
import type { Inactive } from "../core/link-state.ts";
import { type NamespaceAddresses, namespaceOf, readNamespaces } from "../node/pod-namespaces.ts";
import type { DesiredPod } from "./desired-node.ts";

export type FoundPods = {
  /** All of the node except the host's. */
  readonly namespaces: readonly NamespaceAddresses[];
  readonly owners: ReadonlyMap<NamespaceAddresses, DesiredPod>;
  readonly missing: readonly { readonly pod: DesiredPod; readonly why: Inactive }[];
};

type Place = {
  readonly folder: string;
  /** The inode of the host's namespace. */
  readonly host: number;
  /** Namespaces that were read before. */
  readonly known: readonly NamespaceAddresses[];
};

export async function findPods(pods: readonly DesiredPod[], { folder, host, known }: Place): Promise<FoundPods> {
  const first = match(pods, await readNamespaces(host, folder, known));
  const isOld = (namespace: NamespaceAddresses): boolean => known.includes(namespace) && !first.owners.has(namespace);
  if (!first.missing.some(({ why }) => why.reason !== "AddressUnknown") || !first.namespaces.some(isOld)) return first;
  // A runtime gives a namespace its addresses after its name, and takes them away before it.
  const fresh = first.namespaces.filter((namespace) => !isOld(namespace));
  return match(pods, await readNamespaces(host, folder, fresh));
}

function match(pods: readonly DesiredPod[], namespaces: Awaited<ReturnType<typeof readNamespaces>>): FoundPods {
  const owners = new Map<NamespaceAddresses, DesiredPod>();
  const missing: { pod: DesiredPod; why: Inactive }[] = [];
  for (const pod of pods) {
    const namespace = namespaceOf(pod.addresses, namespaces);
    if ("reason" in namespace) missing.push({ pod, why: namespace });
    else if (!owners.has(namespace)) owners.set(namespace, pod);
  }
  return { namespaces: namespaces.found, owners, missing };
}
