// Finds the parts whose binaries are not built yet, and the files that are not copied yet.
import { existsSync } from "node:fs";
import { files, filesFolder, type ModuleFiles } from "./files.ts";
import { binaryOf, type Part, parts } from "./parts.ts";

export const missingParts = (): readonly Part[] =>
  Object.values(parts).filter((part: Part) => !part.binaries.every((binary) => existsSync(binaryOf(part, binary))));

export const missingFiles = (): readonly ModuleFiles[] =>
  Object.values(files).filter((one) => !existsSync(filesFolder(one)));
