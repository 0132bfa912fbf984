// Defines what rules read of a request: a header, a part of one, or an attribute (read-field.ts fetches it).
import { Presence } from "../../abi/headers";

/**
 * In the order in which a rule reads them: first those that reject most at the least cost, and late those that need a host call of their
 * own.
 */
export const enum Source {
  /** `:path` without the query. */
  Path = 0,
  /** `:method` */
  Method = 1,
  /** `:authority` without its port and trailing dot, in lower case. */
  Host = 2,
  /** The query parameter `name` of a Path. */
  Query = 3,
  /** Service of a Path of the form /service/method. */
  RpcService = 4,
  RpcMethod = 5,
  /** The first value of the header `name`. */
  Header = 6,
  /** The first URI of the peer's certificate, without spiffe://. */
  Principal = 7,
  /** The namespace of a Principal. */
  Namespace = 8,
  /** The claim `name`, which is its path, with zero bytes between the parts. */
  Claim = 9,
}

@unmanaged
export class Field {
  /** The first 8 bytes of the value; 0 without one. */
  head: u64;
  /** The request that head, presence and everything before `source` apply to. */
  request: u64;
  presence: Presence;
  value: usize;
  size: usize;
  /** For a Path: the bytes after it, from the question mark. */
  rest: usize;
  /** For a Claim that is a list or an object, see claim.ts; -1 for anything else. */
  items: i32;
  source: Source;
  name: usize;
  nameSize: usize;
  /** Address of the Field that this one is a part of, or 0. */
  base: usize;
  next: usize;
}
