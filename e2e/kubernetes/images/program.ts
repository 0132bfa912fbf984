// Writes the controller's program as its image contains it: as JavaScript, because removing types in Node takes 27 MB of a running
// program's memory.
import { globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";

const repository = join(import.meta.dirname, "../../..");

/** Relative to the program's folder. */
export const programEntry = "control-plane/src/main.js";
export const agentEntry = "control-plane/src/agent.js";

/** Relative to the repository, without tests. */
export function programSources(): readonly string[] {
  const patterns = [
    "control-plane/src/**/*.ts",
    "filter/{config,host}/**/*.ts",
    "filter/dist/filter.wasm",
    "{control-plane,filter}/package.json",
  ];
  return globSync(patterns, { cwd: repository })
    .filter((file) => !file.endsWith(".test.ts"))
    .sort();
}

/** Imports of the repository's own files, whose extension changes. */
const ownImport = /(\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)"((?:\.{1,2}\/|@expedite\/)[^"]*)\.ts"/g;

export type ProgramFile = { readonly path: string; readonly content: string | Buffer };

/** Lines keep their numbers, so that a stack trace refers to the source. */
export function programFile(source: string): ProgramFile {
  const content = readFileSync(join(repository, source));
  if (!source.endsWith(".ts")) return { path: source, content };
  const script = stripTypeScriptTypes(content.toString()).replace(ownImport, '$1"$2.js"');
  return { path: source.replace(/\.ts$/, ".js"), content: script };
}

/** Writes the program into a folder, with this repository's packages. @returns the path of its entry */
export function writeProgram(folder: string): string {
  for (const source of programSources()) {
    const { path, content } = programFile(source);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const packages = join(folder, "node_modules");
  mkdirSync(join(packages, "@expedite"), { recursive: true });
  for (const name of readdirSync(join(repository, "node_modules")))
    if (name !== "@expedite" && !name.startsWith("."))
      symlinkSync(join(repository, "node_modules", name), join(packages, name));
  symlinkSync("../../filter", join(packages, "@expedite/filter"));
  return join(folder, programEntry);
}
