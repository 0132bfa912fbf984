// Defines options of the command line that also have an environment variable, and the forms of their values.
import { InvalidArgumentError, Option } from "commander";

export const logLevels = ["debug", "info", "warn", "error"] as const;

/** `--log-level` is also EXPEDITE_LOG_LEVEL. */
export function option(flags: string, description: string): Option {
  const variable = flags.split(" ")[0]!.slice(2).replaceAll("-", "_").toUpperCase();
  return new Option(flags, description).env(`EXPEDITE_${variable}`);
}

export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError("Allowed: 1 to 65535, or 0 for any free port.");
}

export function dnsLabel(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError("Allowed: a lower-case DNS label of at most 63 characters.");
}

export function dnsName(text: string): string {
  if (text.length <= 253 && text.split(".").every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label)))
    return text;
  throw new InvalidArgumentError("Allowed: lower-case DNS labels with dots between, at most 253 characters.");
}
