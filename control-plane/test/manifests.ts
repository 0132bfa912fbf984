// Reads YAML documents as the command reads its files.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshot } from "../src/core/snapshot.ts";
import { readDocuments } from "../src/files/documents.ts";
import { loadSnapshot } from "../src/files/snapshot.ts";
import { type EnvoyTranslation, translateForEnvoy } from "../src/translate/translate.ts";

/** The plan and verdicts of translateForEnvoy. */
export function translated(yaml: string): EnvoyTranslation {
  return translateForEnvoy(snapshotOfText(yaml));
}

/** @throws with every problem of the documents */
export function snapshotOfText(yaml: string): Snapshot {
  const folder = mkdtempSync(join(tmpdir(), "expedite-"));
  try {
    writeFileSync(join(folder, "manifests.yaml"), yaml);
    const loaded = loadSnapshot(readDocuments([folder]));
    if ("problems" in loaded) throw new Error(loaded.problems.join("\n"));
    return loaded.snapshot;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
