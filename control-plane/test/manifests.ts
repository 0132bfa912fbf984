// In: the text of YAML documents. Out: the plan and what translateForEnvoy says of them, read as the command reads its files.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDocuments } from "../src/files/documents.ts";
import { loadSnapshot } from "../src/files/snapshot.ts";
import { type EnvoyTranslation, translateForEnvoy } from "../src/translate/translate.ts";

export function translated(yaml: string): EnvoyTranslation {
  const folder = mkdtempSync(join(tmpdir(), "expedite-"));
  try {
    writeFileSync(join(folder, "manifests.yaml"), yaml);
    const loaded = loadSnapshot(readDocuments([folder]));
    if ("problems" in loaded) throw new Error(loaded.problems.join("\n"));
    return translateForEnvoy(loaded.snapshot);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
