// Reads a duration in Go's form, as Istio and the Gateway API use it (1h2m3.5s, 500ms), and writes it in the JSON form of a protobuf
// Duration.

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Seconds: "0s", "1.5s". Undefined if the value is not such a duration. */
export function protobufDuration(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(value)) return undefined;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  const millis = parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit!]!, 0);
  return `${Math.round(millis) / 1000}s`;
}
