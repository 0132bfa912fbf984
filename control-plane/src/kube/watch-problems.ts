// Remembers which kinds cannot be listed or watched, and reports each once to an observer.
import type { WatchObserver, WatchProblem } from "../reconcile/ports.ts";
import { nameOf, type Resource } from "./resources.ts";
import { watchProblemOf } from "./watch-problem.ts";

export type WatchProblems = {
  /** `error`: that of a list or watch; undefined once the API server answers again. @returns whether the problem is a new one */
  readonly report: (resource: Resource, error: unknown) => boolean;
  /** Problems by resource, as kubectl names it. */
  readonly all: () => ReadonlyMap<string, WatchProblem>;
};

export function watchProblems(observer: WatchObserver | undefined): WatchProblems {
  const problems = new Map<string, WatchProblem>();
  return {
    report: (resource, error) => {
      const name = nameOf(resource);
      const before = problems.get(name);
      const problem = error === undefined ? undefined : watchProblemOf(resource, error);
      if (problem !== undefined) problems.set(name, problem);
      else problems.delete(name);
      if (problem === undefined && before !== undefined) observer?.watchRecovered(name);
      if (problem === undefined || problem.cause === before?.cause) return false;
      observer?.watchFailed(name, problem);
      return true;
    },
    all: () => problems,
  };
}
