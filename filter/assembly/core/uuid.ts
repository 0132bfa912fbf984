// Recognises UUIDs among request ids, and knows which byte of a UUID is not part of the id.

const size: usize = 36;
/**
 * Envoy writes its trace decision into this byte of each id of 36 bytes, differently on each hop (its UUID request id extension). For an id
 * that is not a UUID the byte is compared anyway: two requests may differ only there, and a lost join is better than a wrong one.
 */
export const uuidTraceByte: usize = 14;

function isDash(at: usize, index: usize): bool {
  return load<u8>(at + index) == 0x2d;
}

export function isUuid(at: usize, idSize: usize): bool {
  return idSize == size && isDash(at, 8) && isDash(at, 13) && isDash(at, 18) && isDash(at, 23);
}
