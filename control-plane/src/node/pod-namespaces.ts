// Finds the network namespaces of pods by the pods' own addresses, in the folder where the container runtime keeps them.
import pLimit from "p-limit";
import type { Inactive } from "../core/link-state.ts";
import { failure } from "./failure.ts";
import { canonicalAddress } from "./ip-address.ts";
import {
  inGroups,
  inNamespace,
  namespaceFile,
  namespaceInode,
  namespaces,
  namespacesAtOnce,
  type Run,
} from "./namespace.ts";
import { type Command, outputOf, runAll } from "./run-all.ts";

type NamespaceId = { readonly name: string; readonly inode: number };

export type NamespaceAddresses = NamespaceId & { readonly addresses: ReadonlySet<string> };

export type FoundNamespaces = {
  readonly folder: string;
  readonly found: readonly NamespaceAddresses[];
  /** Namespaces that could not be read, with the reason. */
  readonly unread: readonly string[];
};

/**
 * Never the host's, which has the inode `host`, whatever its name here, and each once. `known`: earlier results; a runtime gives each
 * sandbox a name of its own, so the same name with the same inode is the same namespace.
 */
export async function readNamespaces(
  host: number,
  folder: string,
  known: readonly NamespaceAddresses[] = [],
): Promise<FoundNamespaces> {
  const seen = new Set([host]);
  const others = namespaces(folder).flatMap((name) => {
    const inode = namespaceInode(name, folder);
    if (inode === undefined || seen.has(inode)) return [];
    seen.add(inode);
    return [{ name, inode }];
  });
  const knownByName = new Map(known.map((entry) => [entry.name, entry]));
  const isKnown = ({ name, inode }: NamespaceId): boolean => knownByName.get(name)?.inode === inode;
  const found = others.filter(isKnown).map(({ name }) => knownByName.get(name)!);
  const unread: string[] = [];
  const groups = inGroups(others.filter((other) => !isKnown(other)));
  await pLimit(namespacesAtOnce).map(groups, async (group) => {
    for (const result of await addressesIn(group, folder)) {
      if (typeof result === "string") unread.push(result);
      else if (result !== undefined) found.push(result);
    }
  });
  return { folder, found: found.sort((a, b) => (a.name < b.name ? -1 : 1)), unread: unread.sort() };
}

/** The namespace with all of the addresses; interface names don't help, because every runtime has its own. */
export function namespaceOf(
  addresses: readonly string[],
  { folder, found, unread }: FoundNamespaces,
): NamespaceAddresses | Inactive {
  const wanted = addresses.map(canonicalAddress);
  if (wanted.length === 0) return { reason: "AddressUnknown", problem: "the pod has no address yet" };
  const matching = found.filter((entry) => wanted.every((address) => entry.addresses.has(address)));
  const [first, ...others] = matching;
  if (first !== undefined && others.length === 0) return first;
  const all = wanted.join(", ");
  if (first !== undefined) {
    const names = matching.map(({ name }) => name).join(", ");
    return { reason: "NamespaceAmbiguous", problem: `several namespaces below ${folder} have ${all}: ${names}` };
  }
  const why = unread.length === 0 ? "" : `; could not be read: ${unread.join("; ")}`;
  return { reason: "NamespaceNotFound", problem: `no namespace below ${folder} has ${all}${why}` };
}

/** Of each: undefined if it vanished, or never was a namespace; a text if it cannot be read. */
async function addressesIn(
  group: readonly NamespaceId[],
  folder: string,
): Promise<readonly (NamespaceAddresses | string | undefined)[]> {
  const commands = group.map(
    ({ name }): Command => ["nsenter", `--net=${namespaceFile(name, folder)}`, ...listAddresses],
  );
  const outputs = await runAll(inNamespace(undefined)!, commands);
  return group.map(({ name, inode }, index) => {
    try {
      return { name, inode, addresses: parseAddresses(outputOf(outputs[index])) };
    } catch (error) {
      const { reason, problem } = failure(error);
      return reason === "NamespaceGone" ? undefined : `${name} (${problem})`;
    }
  });
}

const listAddresses: Command = ["ip", "-j", "-d", "address", "show"];

/** The inode and the addresses of a namespace. */
export async function readHost(run: Run): Promise<Omit<NamespaceAddresses, "name">> {
  const [link, addresses] = await runAll(run, [["readlink", "/proc/self/ns/net"], listAddresses]);
  return {
    inode: Number(/\[(\d+)\]/.exec(outputOf(link))?.[1]),
    addresses: parseAddresses(outputOf(addresses)),
  };
}

/**
 * Addresses of every device except lo that others can reach, because link-local ones are in many namespaces at once. Dummy devices don't
 * count: if kube-proxy balances with IPVS, the host has every Service's address on one.
 */
function parseAddresses(json: string): ReadonlySet<string> {
  type Device = {
    readonly ifname?: string;
    readonly linkinfo?: { readonly info_kind?: string };
    readonly addr_info?: readonly { readonly local?: string; readonly scope?: string }[];
  };
  const devices = JSON.parse(json || "[]") as readonly Device[];
  const addresses = devices
    .filter(({ ifname, linkinfo }) => ifname !== "lo" && linkinfo?.info_kind !== "dummy")
    .flatMap(({ addr_info = [] }) => addr_info)
    .flatMap(({ local, scope }) => (local === undefined || scope !== "global" ? [] : [canonicalAddress(local)]));
  return new Set(addresses);
}
