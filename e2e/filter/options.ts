// The command line enters, whole numbers by option name leave.
import { parseArgs } from "node:util";

/** Undefined after an error, which is printed: what was wrong and which options there are. */
export function readCounts<Names extends string>(
  defaults: Readonly<Record<Names, number>>,
): Readonly<Record<Names, number>> | undefined {
  const usage = Object.entries(defaults).map(([name, value]) => `--${name} ${value}`);
  const fail = (message: string): undefined => console.error(`${message}\noptions: ${usage.join(" ")}`) as undefined;
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: "string" as const }]));
  try {
    const { values } = parseArgs({ options });
    const read: Record<string, number> = { ...defaults };
    for (const [name, value] of Object.entries(values)) {
      if (!/^[1-9][0-9]{0,8}$/.test(`${value}`))
        return fail(`--${name}: "${value}" is not a whole number from 1 to 999999999`);
      read[name] = Number(value);
    }
    return read as Record<Names, number>;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
