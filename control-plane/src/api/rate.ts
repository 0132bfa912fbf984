// In: a rate as tc(8) or a Kubernetes quantity writes it. Out: bits per second, or undefined where it is none.

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

const quantityUnits: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** Below this a level's share is less than a packet in a second; above it no device of today sends (bit/s). */
export const rateRange = { min: 64_000, max: 1_600_000_000_000 } as const;

/** tc(8) RATES: a number and a unit, "bps" meaning bytes; units are read without regard to case, as tc does. */
export function parseTcRate(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text);
  return inRange(scaled(found, tcUnits[found?.[2]?.toLowerCase() ?? ""]));
}

/** A Kubernetes quantity (suffix or exponent), which kubernetes.io/egress-bandwidth reads as bit/s. */
export function parseQuantity(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?(?:[eE]\+?\d{1,2})?)([A-Za-z]*)$/.exec(text);
  return inRange(scaled(found, quantityUnits[found?.[2] ?? ""]));
}

function scaled(found: RegExpExecArray | null, unit: number | undefined): number | undefined {
  return found?.[1] === undefined || unit === undefined ? undefined : Math.floor(Number(found[1]) * unit);
}

function inRange(rate: number | undefined): number | undefined {
  return rate !== undefined && rate >= rateRange.min && rate <= rateRange.max ? rate : undefined;
}
