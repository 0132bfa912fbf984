// Parses Prometheus' text format and sums its samples. Pure.

/** One program's samples at one moment: values by sample name and labels. */
export type Samples = ReadonlyMap<string, number>;

const line = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)/;

export function parseExposition(text: string): Samples {
  const samples = new Map<string, number>();
  for (const row of text.split("\n")) {
    const [, name, labels = "", value] = line.exec(row) ?? [];
    if (name !== undefined) samples.set(name + labels, Number(value));
  }
  return samples;
}

/** Sums all samples of a name that have each of these labels; 0 if there are none. */
export function sum(samples: Samples, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let total = 0;
  for (const [key, value] of samples) {
    const isName = key === name || key.startsWith(`${name}{`);
    if (isName && wanted.every((label) => key.includes(`{${label}`) || key.includes(`,${label}`))) total += value;
  }
  return total;
}
