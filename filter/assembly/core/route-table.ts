// A route list in memory: a hash table of fixed size from the list's strings to the numbers of their variants.

/** maxListedRoutes and maxExcludedHosts of filter/config/route-list.ts together; a table has twice as many places. */
export const maxEntries: usize = 8192;
export const maxVariants: usize = 256;
export const variantNameSize: usize = 16;

/** A string by its hash and size; a string that is not listed is mistaken for it once in 2^64 times. */
@unmanaged
export class Entry {
  hash: u64;
  size: u32;
  /** 0: the place is empty. excluded: a host. Otherwise the number of the variant, from 1. */
  kind: u32;
}

export const excluded: u32 = 0xffffffff;

/**
 * Open addressing with linear probing; at least half of its places are empty. After the header come the names of variants, then the places.
 */
@unmanaged
export class Table {
  /** The number of places, a power of two, minus one. */
  mask: u32;

  @inline name(number: u32): usize {
    return changetype<usize>(this) + 16 + <usize>(number - 1) * variantNameSize;
  }

  @inline place(index: u32): Entry {
    return changetype<Entry>(this.name(<u32>maxVariants + 1) + <usize>index * offsetof<Entry>());
  }

  /** The number of the route's variant, 0 if it is not listed; for a host, excluded or 0. */
  find(hash: u64, size: u32, isHost: bool): u32 {
    let index = <u32>hash & this.mask;
    let entry = this.place(index);
    while (entry.kind != 0) {
      if (entry.hash == hash && entry.size == size && (entry.kind == excluded) == isHost) return entry.kind;
      index = (index + 1) & this.mask;
      entry = this.place(index);
    }
    return 0;
  }

  /** Of several equal entries the first counts. */
  add(entry: Entry): void {
    let index = <u32>entry.hash & this.mask;
    while (this.place(index).kind != 0) index = (index + 1) & this.mask;
    memory.copy(changetype<usize>(this.place(index)), changetype<usize>(entry), offsetof<Entry>());
  }
}

/** Bytes of a table with the greatest number of places. */
export const tableSize: usize = 16 + maxVariants * variantNameSize + 2 * maxEntries * 16;
