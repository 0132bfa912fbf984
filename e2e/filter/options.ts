// Parses a program's command line: whole numbers and texts by option name.
import { parseArgs } from "node:util";

type Defaults = Readonly<Record<string, number | string>>;
type Options<D extends Defaults> = { readonly [Name in keyof D]: D[Name] extends number ? number : string };

/**
 * An option whose default is a number takes a whole number from 1 to 999999999; one whose default is a text takes any text.
 * Ends the program after --help.
 * @returns undefined after printing an error, with what was wrong and which options exist
 */
export function readOptions<D extends Defaults>(defaults: D): Options<D> | undefined {
  const usage = Object.entries(defaults).map(([name, value]) => `--${name} ${value === "" ? "FILE" : value}`);
  const fail = (message: string): undefined => console.error(`${message}\noptions: ${usage.join(" ")}`) as undefined;
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: "string" as const }]));
  try {
    const { help, ...values } = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } }).values;
    if (help === true) {
      console.log(`options: ${usage.join(" ")}`);
      process.exit();
    }
    const read: Record<string, number | string> = { ...defaults };
    for (const [name, value] of Object.entries(values)) {
      const isNumber = typeof defaults[name] === "number";
      if (isNumber && !/^[1-9][0-9]{0,8}$/.test(`${value}`))
        return fail(`--${name}: "${value}" is not a whole number from 1 to 999999999`);
      read[name] = isNumber ? Number(value) : `${value}`;
    }
    return read as Options<D>;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
