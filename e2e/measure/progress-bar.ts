// Shows how much of a run is done on one line of a terminal: a share as a bar, seconds as a clock.

const barWidth = 24;

/** m:ss */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${`${whole % 60}`.padStart(2, "0")}`;
}

/** A bar whose filled part is the given share, 0 to 1. */
export function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return "━".repeat(filled) + "─".repeat(barWidth - filled);
}
