// Finds the parts whose binaries are not built yet, and the files that are not copied yet.
import { existsSync } from "node:fs";
import { files, filesFolder, type ModuleFiles } from "./files.ts";
import { binaryOf, generators, type Part, parts, tools } from "./parts.ts";

const isMissing = (part: Part): boolean => !part.binaries.every((binary) => existsSync(binaryOf(part, binary)));

export const missingParts = (): readonly Part[] => Object.values(parts).filter(isMissing);
export const missingGenerators = (): readonly Part[] => Object.values(generators).filter(isMissing);
export const missingTools = (): readonly Part[] => Object.values(tools).filter(isMissing);

export const missingFiles = (): readonly ModuleFiles[] =>
  Object.values(files).filter((one) => !existsSync(filesFolder(one)));
