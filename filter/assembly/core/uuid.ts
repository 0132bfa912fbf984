// Recognises UUIDs among request ids, and knows which byte of one is not the id's own.

const size: usize = 36;
/**
 * Envoy writes its trace decision into this byte of each id of 36 bytes, differently on each hop (its UUID request id extension). Of an
 * id that is no UUID the byte is compared all the same: two requests may differ in it alone, and a lost join is better than a wrong one.
 */
export const uuidTraceByte: usize = 14;

function isDash(at: usize, index: usize): bool {
  return load<u8>(at + index) == 0x2d;
}

export function isUuid(at: usize, idSize: usize): bool {
  return idSize == size && isDash(at, 8) && isDash(at, 13) && isDash(at, 18) && isDash(at, 23);
}
