// In: files of policies and a request in words. Out: which level it gets and why, answered by the filter itself.
import { readFileSync } from "node:fs";
import { valueAt } from "../../api/parse.ts";
import { withoutEffect as noEffect, reasons } from "../../api/reasons.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { type Documents, readDocuments } from "../../files/documents.ts";
import { loadSnapshot } from "../../files/snapshot.ts";
import { acceptedPolicies } from "../../translate/policies/accepted.ts";
import { translate } from "../../translate/translate.ts";
import { filterFile } from "../filter-file.ts";
import { UserError } from "../user-error.ts";
import { defaultLadder } from "./explanation/default-ladder.ts";
import { type EntryPoint, entryPoints, entryPointsFor } from "./explanation/entry-point.ts";
import { explain } from "./explanation/explain.ts";
import type { Explanation } from "./explanation/explanation.ts";
import { FilterEvaluator } from "./explanation/filter-evaluator.ts";
import { notesOf } from "./explanation/notes.ts";
import { normalized } from "./explanation/path.ts";
import { withStubs } from "./explanation/stubs.ts";
import { type RequestOptions, requestOf } from "./request-options.ts";

export type ExplainOptions = RequestOptions & {
  readonly file: readonly string[];
  readonly policy?: string;
  /** What no file says. */
  readonly clusterDomain?: string;
  readonly filter?: string;
};

/** Throws a UserError with every problem. */
export function explainRequest(options: ExplainOptions): Explanation {
  const documents = readDocuments(options.file);
  const hasLadder = documents.documents.some(({ value }) => valueAt(value, ["kind"]) === "PriorityLadder");
  const loaded = loadSnapshot(hasLadder ? documents : withDefaultLadder(documents), options);
  if ("problems" in loaded) throw new UserError(loaded.problems);
  const assumed = hasLadder ? [] : [`the files hold no PriorityLadder: ${standIn}`];

  const { snapshot, made } = withStubs(loaded.snapshot);
  const { plan, verdicts } = translate(snapshot);
  const refused = verdicts.filter(({ on, reason }) => asked.includes(on.kind) && reasons[reason].refused);
  if (refused.length > 0) throw new UserError([...refused.map(loaded.describe), ...assumed]);

  const entryPoint = entryPointOf(snapshot, options);
  const ownHost = entryPoint.hosts.find((host) => !host.startsWith("*"));
  const request = requestOf(options, ownHost ?? "localhost");
  const seen = { ...request, path: normalized(request.path, snapshot.mesh.pathNormalization) };
  const evaluator = evaluatorOf(filterFile(options.filter));
  const explained = { ...explain({ plan, entryPoint, request: seen, evaluator }), request };
  const together = plan.levelClusters.includes(explained.level) ? sharing(verdicts).map(loaded.describe) : [];
  const idle = withoutEffect(verdicts, entryPoint).map(loaded.describe);
  const own = notesOf(explained, { plan, entryPoint, made, seen });
  return { ...explained, notes: [...assumed, ...loaded.notes, ...own, ...idle, ...together] };
}

/** Which routes and hosts of the files keep requests of every level on one connection: the level is known there, and changes less. */
function sharing(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(({ reason }) =>
    ["RouteNotPrioritised", "RouteReadsLevel", "HostNotPrioritised"].includes(reason),
  );
}

/** Why no proxy of the place where the request enters does what its policies say. */
function withoutEffect(verdicts: readonly Verdict[], { policies }: EntryPoint): readonly Verdict[] {
  return verdicts.filter(
    ({ on, reason }) => noEffect.includes(reason) && policies.includes(`${on.namespace}/${on.name}`),
  );
}

function evaluatorOf(file: string): FilterEvaluator {
  try {
    return new FilterEvaluator(readFileSync(file));
  } catch (error) {
    throw new UserError([`--filter: ${file} is not the filter: ${(error as Error).message}`]);
  }
}

/** What can keep a policy from being asked about; a route whose Service is not in the files does not. */
const asked = ["PriorityLadder", "PriorityPolicy", "Gateway"];

const standIn = `taken are ${defaultLadder.spec.levels.map(({ name }) => name).join(", ")}, default ${defaultLadder.spec.defaultLevel}`;

function withDefaultLadder({ documents, problems }: Documents): Documents {
  return { documents: [...documents, { value: defaultLadder, where: () => "(default)" }], problems };
}

function entryPointOf(snapshot: Snapshot, { policy, host }: ExplainOptions): EntryPoint {
  const { accepted } = acceptedPolicies(snapshot);
  const all = entryPoints(snapshot, accepted);
  const names = accepted.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
  if (names === "") throw new UserError(["-f: holds no PriorityPolicy; add the file that has it"]);
  if (policy !== undefined && !all.some(({ policies }) => policies.includes(policy)))
    throw new UserError([`--policy: "${policy}" is no PriorityPolicy of the files; allowed: ${names}`]);
  const left = entryPointsFor(all, { ...(policy && { policy }), ...(host && { host }) });
  const [first] = left;
  if (first !== undefined && left.length === 1) return first;
  const choice = left.map((entry) => `${entry.kind} ${entry.namespace}/${entry.name} (${entry.policies.join(", ")})`);
  throw new UserError([
    `--policy: the request could enter at ${choice.join(" or at ")}; name one of these policies, or a --host`,
  ]);
}
