// Lists the names of the DSCPs and their six bits.

/** Name → value (0–63): RFC 2474 (DF, CS), RFC 2597 (AF), RFC 3246 (EF), RFC 8622 (LE). */
export const dscpValues: Readonly<Record<string, number>> = {
  DF: 0,
  LE: 1,
  CS1: 8,
  AF11: 10,
  AF12: 12,
  AF13: 14,
  CS2: 16,
  AF21: 18,
  AF22: 20,
  AF23: 22,
  CS3: 24,
  AF31: 26,
  AF32: 28,
  AF33: 30,
  CS4: 32,
  AF41: 34,
  AF42: 36,
  AF43: 38,
  CS5: 40,
  EF: 46,
  CS6: 48,
  CS7: 56,
};

export const dscpNames: readonly string[] = Object.keys(dscpValues);

/** The value of a name that was validated before; otherwise 0 (DF). */
export function dscpValue(name: string): number {
  return dscpValues[name] ?? 0;
}
