// Which parts have to be built: those of which a binary isn't there.
import { existsSync } from "node:fs";
import { binaryOf, type Part, parts } from "./parts.ts";

export const missingParts = (): readonly Part[] =>
  Object.values(parts).filter((part: Part) => !part.binaries.every((binary) => existsSync(binaryOf(part, binary))));
