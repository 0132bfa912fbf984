// Loads the files for an explanation. Whatever they lack is filled in: a ladder, and the targets of their policies.
import { valueAt } from "../../api/parse.ts";
import { defaultLadder } from "../../core/default-ladder.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../../core/verdict.ts";
import { type Documents, readDocuments } from "../../files/documents.ts";
import { type LoadOptions, loadSnapshot } from "../../files/snapshot.ts";
import { UserError } from "../user-error.ts";
import { withStubs } from "./explanation/stubs.ts";

type FilesWithStubs = {
  readonly snapshot: Snapshot;
  /** The stubs. */
  readonly made: readonly ObjectRef[];
  readonly describe: (verdict: Verdict) => string;
  /** Notes that a ladder is assumed. */
  readonly assumed: readonly string[];
  readonly notes: readonly string[];
};

const standIn = `assumed are the levels ${defaultLadder.spec.levels.map(({ name }) => name).join(", ")}, with default ${defaultLadder.spec.defaultLevel}`;

/** @throws UserError with every problem */
export function filesWithStubs(files: readonly string[], options: LoadOptions): FilesWithStubs {
  const documents = readDocuments(files);
  const hasLadder = documents.documents.some(({ value }) => valueAt(value, ["kind"]) === "PriorityLadder");
  const loaded = loadSnapshot(hasLadder ? documents : withDefaultLadder(documents), options);
  if ("problems" in loaded) throw new UserError(loaded.problems);
  const assumed = hasLadder ? [] : [`the files have no PriorityLadder; ${standIn}`];
  return { ...withStubs(loaded.snapshot), describe: loaded.describe, assumed, notes: loaded.notes };
}

function withDefaultLadder({ documents, problems }: Documents): Documents {
  const value = { ...defaultLadder, spec: { ...defaultLadder.spec, mode: "Enforce" } };
  return { documents: [...documents, { value, where: () => "(default)" }], problems };
}
