// Writes numbers as short text for readers.

/** Stands for a missing value. */
export const none = "—";

/** Three significant digits, at most two decimals: 3.07, 38.8, 129. */
export function short(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0).replace("-", "−");
}

export const percent = (value: number): string => `${value > 0 ? "+" : ""}${value.toFixed(1)} %`.replace("-", "−");

/** Formats 0 to 1 as 0 % to 100 %. */
export const share = (value: number): string => `${Math.round(value * 100)} %`;

const units = ["B", "kB", "MB", "GB", "TB"];

export function bytes(value: number): string {
  if (value === 0) return "0";
  const power = Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${Number.isInteger(scaled) ? scaled : short(scaled)} ${units[power]}`;
}

/** Formats bit/s as tc(8) and the paper do: 100 Mbit/s. */
export const rate = (value: number): string => (value >= 1e9 ? `${value / 1e9} Gbit/s` : `${value / 1e6} Mbit/s`);
