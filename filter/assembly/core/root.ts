// One root context's compiled configuration: what the request path reads. It lies at the start of the root's block,
// and whatever it points to lies in the same block. Inbound and outbound of a proxy are two roots in one VM.
import { freeBlock } from "./block";

export const enum Role {
  Inbound = 0,
  Outbound = 1,
  Gateway = 2,
}

export const enum Trust {
  Never = 0,
  Mesh = 1,
  Always = 2,
}

@unmanaged
export class Level {
  name: usize;
  size: usize;
  /** The counter requests.<level>. */
  requests: u32;
}

@unmanaged
export class Root {
  /** The host's id of the root context; 0 in a block that was freed. */
  id: u32;
  next: usize;
  sizeClass: i32;
  role: Role;
  trust: Trust;
  /** `spiffe://<trustDomain>/` */
  spiffePrefix: usize;
  spiffePrefixSize: usize;
  header: usize;
  headerSize: usize;
  /** Path of the attribute that has all values of the request's level header. */
  headerAttribute: usize;
  headerAttributeSize: usize;
  /** Array of Level, highest first. */
  levels: usize;
  levelCount: i32;
  /** Of the levels' names in order: slots written under another ladder are not seen. */
  ladderHash: u32;
  defaultLevel: i32;
  /** noLevel where the policy has none. */
  classifyDefault: i32;
  /** First Rule, or 0. */
  rules: usize;
  /** First Field that the rules read, or 0. */
  fields: usize;
  /** Up to four bytes, each a Correlator, in the order in which outbound tries them. */
  correlators: u32;
  correlatorCount: i32;
  slotSets: u32;
  /** Array of u32 by Correlator. These and the following are counters, as counters.ts numbers them. */
  joinsFound: usize;
  joinsMissed: u32;
  joinsAmbiguous: u32;
  overwritten: u32;
  stripped: u32;
  lowered: u32;
}

export const noLevel: i32 = -1;

let first: usize = 0;

/** The root with this id, or null. The one found moves to the front: a proxy has few that are busy. */
export function findRoot(id: u32): Root | null {
  let before: usize = 0;
  for (let at = first; at != 0; at = changetype<Root>(at).next) {
    const root = changetype<Root>(at);
    if (root.id == id) {
      if (before != 0) {
        changetype<Root>(before).next = root.next;
        root.next = first;
        first = at;
      }
      return root;
    }
    before = at;
  }
  return null;
}

/** Takes the place of an earlier configuration of the same root context. */
export function addRoot(root: Root): void {
  deleteRoot(root.id);
  root.next = first;
  first = changetype<usize>(root);
}

/** True where there was one. */
export function deleteRoot(id: u32): bool {
  const root = findRoot(id);
  if (root == null) return false;
  first = root.next;
  root.id = 0;
  freeBlock(changetype<usize>(root), root.sizeClass);
  return true;
}
