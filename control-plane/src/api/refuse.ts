// Refuses what a schema's fields allow one by one, but not together.
import type { z } from "zod";

type Path = (string | number)[];

/** `message` says what is wrong with the field at `path`, and what is allowed. */
export type Refuse = (path: Path, message: string) => void;

/** What `superRefine` gives to a check, as a Refuse. */
export function refuseIn(context: z.RefinementCtx): Refuse {
  return (path, message) => context.addIssue({ code: "custom", path, message });
}

/** Refuses a name that is used twice, at its second use. `path` is that of the name at `index`. */
export function checkOnce(names: readonly string[], path: (index: number) => Path, refuse: Refuse): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) refuse(path(index), "is used twice; allowed: each name once");
  });
}
