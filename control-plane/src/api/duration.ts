// Reads and writes a duration in Go's form, as Istio and the Gateway API use it (1h2m3.5s, 500ms).

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds. Undefined if the value is not such a duration. */
export function milliseconds(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(value)) return undefined;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit!]!, 0));
}

/** In the same form: 1m30s, 500ms. */
export function durationText(value: number): string {
  if (value === 0) return "0s";
  let rest = value;
  const parts = Object.entries(units).map(([unit, size]) => {
    const number = Math.floor(rest / size);
    rest -= number * size;
    return number === 0 ? "" : `${number}${unit}`;
  });
  return parts.join("");
}
