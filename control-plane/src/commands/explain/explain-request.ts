// Explains which level a request gets from the policies in some files, and why. The filter itself gives the answer.
import { withoutEffect as noEffect, reasons } from "../../api/reasons.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { translate } from "../../translate/translate.ts";
import { filterModule } from "../filter-file.ts";
import { UserError } from "../user-error.ts";
import { chooseEntryPoint } from "./choose-entry-point.ts";
import type { EntryPoint } from "./explanation/entry-point.ts";
import { explain } from "./explanation/explain.ts";
import type { Explanation } from "./explanation/explanation.ts";
import { FilterEvaluator } from "./explanation/filter-evaluator.ts";
import { notesOf } from "./explanation/notes.ts";
import { normalized } from "./explanation/path.ts";
import { explainedQueues } from "./explanation/queues.ts";
import { filesWithStubs } from "./files-with-stubs.ts";
import { type RequestOptions, requestOf } from "./request-options.ts";

export type ExplainOptions = RequestOptions & {
  readonly file: readonly string[];
  readonly policy?: string;
  /** A fact that no file contains. */
  readonly clusterDomain?: string;
  readonly filter?: string;
};

/** @throws UserError with every problem */
export function explainRequest(options: ExplainOptions): Explanation {
  const { snapshot, made, describe, assumed, notes } = filesWithStubs(options.file, options);
  const { plan, verdicts } = translate(snapshot);
  const refused = verdicts.filter(({ on, reason }) => asked.includes(on.kind) && reasons[reason].refused);
  if (refused.length > 0) throw new UserError([...refused.map(describe), ...assumed]);

  const entryPoint = chooseEntryPoint(snapshot, options);
  const ownHost = entryPoint.hosts.find((host) => !host.startsWith("*"));
  const request = requestOf(options, ownHost ?? "localhost");
  const seen = { ...request, path: normalized(request.path, snapshot.mesh.pathNormalization) };
  const evaluator = evaluatorOf(options.filter);
  const explained = { ...explain({ plan, entryPoint, request: seen, evaluator }), request };
  const hasClusters = plan.levelClusters.includes(explained.level);
  const together = hasClusters ? [...sharing(verdicts).map(describe), ...notListed(snapshot)] : [];
  const idle = withoutEffect(verdicts, entryPoint);
  const own = notesOf(explained, { plan, entryPoint, made, seen });
  const { level } = explained;
  const arriving = {
    ...seen,
    headers: [...seen.headers.filter(([name]) => name !== plan.header), [plan.header, level]],
  };
  return {
    ...explained,
    isApplied: !isIdle(snapshot, entryPoint, idle),
    queues: explainedQueues({ plan, snapshot, request: arriving as typeof seen, level, evaluator }),
    notes: [...assumed, ...notes, ...own, ...idle.map(describe), ...together, ...ofQueues(verdicts).map(describe)],
  };
}

/** Routes and hosts in the files that keep requests of every level on one connection: there, the level is known but has less effect. */
function sharing(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(({ reason }) =>
    ["RouteNotPrioritised", "RouteReadsLevel", "HostNotPrioritised"].includes(reason),
  );
}

/** Why requests do not wait as a RequestQueue says. */
function ofQueues(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(
    ({ on, reason }) => on.kind === "RequestQueue" && (reasons[reason].refused || noEffect.includes(reason)),
  );
}

function notListed({ ladder }: Snapshot): readonly string[] {
  const { levelClusters } = ladder.spec;
  return levelClusters === undefined
    ? []
    : [
        `the ladder lists ${levelClusters.hosts.join(", ")} in levelClusters: requests to other Services share connections, whatever their level`,
      ];
}

/** Why no proxy at the entry point applies its policies. */
function withoutEffect(verdicts: readonly Verdict[], { policies }: EntryPoint): readonly Verdict[] {
  return verdicts.filter(
    ({ on, reason }) =>
      on.kind === "PriorityPolicy" && noEffect.includes(reason) && policies.includes(`${on.namespace}/${on.name}`),
  );
}

/** Whether every target of every policy is without effect, so that the entry point's is too. */
function isIdle({ policies }: Snapshot, entryPoint: EntryPoint, idle: readonly Verdict[]): boolean {
  const named = policies.filter(({ metadata }) =>
    entryPoint.policies.includes(`${metadata.namespace}/${metadata.name}`),
  );
  return named.every(({ metadata, spec: { targetRefs } }) => {
    const own = idle.filter(({ on }) => on.namespace === metadata.namespace && on.name === metadata.name);
    // Only sidecars can be without effect as those of a namespace.
    if (entryPoint.kind !== "Gateway" && own.some(({ field }) => field[0] === "metadata")) return true;
    const found = new Set(own.map(({ field: [, , index] }) => index));
    return targetRefs?.every((_, index) => found.has(index)) ?? false;
  });
}

/** `filter`: the option --filter. @throws UserError when it is not the filter */
function evaluatorOf(filter: string | undefined): FilterEvaluator {
  const bytes = filterModule(filter);
  try {
    return new FilterEvaluator(bytes);
  } catch (error) {
    throw new UserError([
      `--filter: ${filter ?? "its own"} is not the filter's Wasm module: ${(error as Error).message}`,
    ]);
  }
}

/** What can keep a policy from applying; a route whose Service is not in the files doesn't. */
const asked = ["PriorityLadder", "PriorityPolicy", "Gateway"];
