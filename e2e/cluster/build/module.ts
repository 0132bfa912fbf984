// In: a Go module that a part is built from. Out: the folder of its files, as Go keeps them: charts, CRDs, templates.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "./requirements.ts";

/** @throws when it was not downloaded: the part that needs it was built elsewhere */
export function moduleFolder(name: string, version: string): string {
  const cache = execFileSync(findProgram("go")!, ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  const folder = join(cache, `${name}@${version}`);
  if (!existsSync(folder)) throw new Error(`${folder} is not there; fetch it with: go mod download ${name}@${version}`);
  return folder;
}
