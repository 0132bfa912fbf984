// Explains which level a request gets from the policies in some files, and why. The filter itself gives the answer.
import { reasons } from "../../api/reasons.ts";
import { translate } from "../../translate/translate.ts";
import { filterModule } from "../filter-file.ts";
import { UserError } from "../user-error.ts";
import { chooseEntryPoint } from "./choose-entry-point.ts";
import { explain } from "./explanation/explain.ts";
import type { Explanation } from "./explanation/explanation.ts";
import { FilterEvaluator } from "./explanation/filter-evaluator.ts";
import { notesOf } from "./explanation/notes.ts";
import { normalized } from "./explanation/path.ts";
import { explainedQueues } from "./explanation/queues.ts";
import { filesWithStubs } from "./files-with-stubs.ts";
import { isIdle, notListed, ofQueues, sharing, withoutEffect } from "./findings.ts";
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
