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

/** Two pods with one address: one of them is listed with what it had before, and marks of the wrong one would be worse than none. */
function match(pods: readonly DesiredPod[], namespaces: Awaited<ReturnType<typeof readNamespaces>>): FoundPods {
  const claims = new Map<NamespaceAddresses, DesiredPod[]>();
  const missing: { pod: DesiredPod; why: Inactive }[] = [];
  for (const pod of pods) {
    const namespace = namespaceOf(pod.addresses, namespaces);
    if ("reason" in namespace) missing.push({ pod, why: namespace });
    else claims.set(namespace, [...(claims.get(namespace) ?? []), pod]);
  }
  const owners = new Map<NamespaceAddresses, DesiredPod>();
  for (const [found, [first, ...others]] of claims) {
    if (others.length === 0) owners.set(found, first!);
    else missing.push(...ambiguous(found, [first!, ...others]));
  }
  return { namespaces: namespaces.found, owners, missing };
}

function ambiguous({ name }: NamespaceAddresses, pods: readonly DesiredPod[]): FoundPods["missing"] {
  const names = pods.map(({ pod, namespace }) => `${namespace}/${pod}`).join(", ");
  const problem = `several pods of the node have addresses of namespace ${name}: ${names}`;
  return pods.map((pod) => ({ pod, why: { reason: "NamespaceAmbiguous", problem } }));
}
