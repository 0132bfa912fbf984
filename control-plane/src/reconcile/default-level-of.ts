// Reads from configurations of the filter, as they are stored, how it treats requests of the default level. Pure.
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import type { DefaultLevel } from "./ports.ts";

type Fields = Partial<Pick<FilterConfig, "mode" | "writeDefault" | "trust" | "rules" | "classifyDefault">>;

/** The first line, without the route list. Someone may have edited it: what is no JSON is read as empty. */
function fieldsOf(configuration: string): Fields {
  try {
    const fields: unknown = JSON.parse(configuration.split("\n", 1)[0] ?? "");
    return typeof fields === "object" && fields !== null ? fields : {};
  } catch {
    return {};
  }
}

/** @param configurations those of one object; none: undefined */
export function defaultLevelOf(configurations: readonly string[]): DefaultLevel | undefined {
  if (configurations.length === 0) return undefined;
  const filters = configurations.map(fieldsOf);
  // In mode Observe the filter writes nothing.
  const isWritten = filters.every(({ mode, writeDefault }) => writeDefault === true && mode !== "Observe");
  if (!isWritten) return "absent";
  // Who trusts nobody's level does so whatever header a request has. Outbound trusts nobody.
  const classifies = ({ trust, rules = [], classifyDefault }: Fields): boolean =>
    trust !== "Never" && (rules.length > 0 || classifyDefault !== undefined);
  return filters.some(classifies) ? "classified" : "written";
}
