// Repeatable random numbers: the same seed gives the same sequence of uniform deviates in [0, 1).

/** The finalizer of MurmurHash3: every bit of the input affects every bit of the result. */
function scramble(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** sfc32 of PractRand (Doty-Humphrey), seeded by any number of integers. */
export function random(...seed: readonly number[]): () => number {
  let state = seed.reduce((mixed, part) => scramble(mixed ^ scramble(part + 0x9e3779b9)), 0x2545f491);
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return scramble(state) | 0;
  };
  let [a, b, c, counter] = [next(), next(), next(), 1];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
