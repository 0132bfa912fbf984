// Reads YAML documents as the command reads its files, and returns the plan and verdicts of translateForEnvoy.
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
