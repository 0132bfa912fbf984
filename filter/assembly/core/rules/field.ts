// What rules read of a request: a header, a part of one, or an attribute (read-field.ts fetches it).
import { Presence } from "../../abi/headers";

/** In the order in which a rule asks: what rejects most for the least first, what costs a host call of its own late. */
export const enum Source {
  /** `:path` without the query. */
  Path = 0,
  /** `:method` */
  Method = 1,
  /** `:authority` without its port and the dot at its end, in lower case. */
  Host = 2,
  /** The query parameter `name`, of a Path. */
  Query = 3,
  /** Of a Path: /service/method. */
  RpcService = 4,
  RpcMethod = 5,
  /** The first value of the header `name`. */
  Header = 6,
  /** The first URI of the peer's certificate, without spiffe://. */
  Principal = 7,
  /** Of a Principal. */
  Namespace = 8,
  /** The claim `name`: its path, with zero bytes between the parts. */
  Claim = 9,
}

@unmanaged
export class Field {
  /** The first 8 bytes of the value; 0 without one. */
  head: u64;
  /** The request that head, presence and everything before `source` are for. */
  request: u64;
  presence: Presence;
  value: usize;
  size: usize;
  /** Of a Path: the bytes behind it, from the question mark on. */
  rest: usize;
  /** Of a Claim that is a list or an object, claim.ts; -1 of anything else. */
  items: i32;
  source: Source;
  name: usize;
  nameSize: usize;
  /** Address of the Field that this one is a part of, or 0. */
  base: usize;
  next: usize;
}
