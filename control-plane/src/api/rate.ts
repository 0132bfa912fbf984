// Reads a rate as tc(8) writes it, or a quantity of Kubernetes, in bits per second.

const tcUnits: Readonly<Record<string, number>> = {
  "": 1,
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  tbit: 1e12,
  kibit: 1024,
  mibit: 1024 ** 2,
  gibit: 1024 ** 3,
  tibit: 1024 ** 4,
  bps: 8,
  kbps: 8e3,
  mbps: 8e6,
  gbps: 8e9,
  tbps: 8e12,
  kibps: 8 * 1024,
  mibps: 8 * 1024 ** 2,
  gibps: 8 * 1024 ** 3,
  tibps: 8 * 1024 ** 4,
};

/** Powers of ten, and of two. */
const decimalUnits: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryUnits: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** Below this, a level's share is less than one packet per second; above it, no device can send today (bit/s). */
export const rateRange = { min: 64_000, max: 1_600_000_000_000 } as const;

/** tc(8) RATES: a number and a unit, where "bps" means bytes; units are case-insensitive, as in tc. */
export function parseTcRate(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text);
  return inRange(scaled(found, tcUnits[found?.[2]?.toLowerCase() ?? ""]));
}

/**
 * A Kubernetes quantity (resource.Quantity): a decimal number, and a suffix or an exponent of ten. kubernetes.io/egress-bandwidth reads it
 * as bit/s. A fraction of a bit counts as one, as in Kubernetes.
 */
export function parseQuantity(text: string): number | undefined {
  const found = /^\+?(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,3})|([A-Za-z]*))$/.exec(text);
  if (found === null) return undefined;
  const [, whole = "", behind, alone, exponent, suffix = ""] = found;
  const fraction = behind ?? alone ?? "";
  const two = exponent === undefined ? binaryUnits[suffix] : undefined;
  const ten = exponent === undefined ? decimalUnits[suffix] : Number(exponent);
  if (two === undefined && ten === undefined) return undefined;
  // In whole numbers, because 2.3 × 10^9 as a double is one too low.
  const power = (ten ?? 0) - fraction.length;
  const number = BigInt(whole + fraction) * 2n ** BigInt(two ?? 0) * 10n ** BigInt(Math.max(power, 0));
  const divisor = 10n ** BigInt(Math.max(-power, 0));
  return inRange(Number((number + divisor - 1n) / divisor));
}

function scaled(found: RegExpExecArray | null, unit: number | undefined): number | undefined {
  return found?.[1] === undefined || unit === undefined ? undefined : Math.floor(Number(found[1]) * unit);
}

function inRange(rate: number | undefined): number | undefined {
  return rate !== undefined && rate >= rateRange.min && rate <= rateRange.max ? rate : undefined;
}
