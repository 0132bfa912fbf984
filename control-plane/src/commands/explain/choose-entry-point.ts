// Chooses where a request enters, by --policy and --host. If several entry points remain, the user has to choose.
import type { Snapshot } from "../../core/snapshot.ts";
import { acceptedPolicies } from "../../translate/policies/accepted.ts";
import { UserError } from "../user-error.ts";
import { type EntryPoint, entryPoints, entryPointsFor } from "./explanation/entry-point.ts";

type Choice = { readonly policy?: string; readonly host?: string };

/** @throws UserError */
export function chooseEntryPoint(snapshot: Snapshot, { policy, host }: Choice): EntryPoint {
  const { accepted } = acceptedPolicies(snapshot);
  const all = entryPoints(snapshot, accepted);
  const names = accepted.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
  if (names === "") throw new UserError(["-f: the files have no PriorityPolicy; add the file that has one"]);
  if (policy !== undefined && !all.some(({ policies }) => policies.includes(policy)))
    throw new UserError([`--policy: "${policy}" is not a PriorityPolicy of the files; allowed: ${names}`]);
  const left = entryPointsFor(all, { ...(policy && { policy }), ...(host && { host }) });
  const [first] = left;
  if (first !== undefined && left.length === 1) return first;
  const choice = left.map((entry) => `${entry.kind} ${entry.namespace}/${entry.name} (${entry.policies.join(", ")})`);
  throw new UserError([
    `--policy: the request could enter at ${choice.join(" or at ")}; name one of these policies, or a --host`,
  ]);
}
