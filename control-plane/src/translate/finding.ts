// Defines a finding about an object (the reason, field and message of a verdict), and turns it into a verdict.
import type { Reason } from "../api/reasons.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";

export type Finding = Omit<Verdict, "on">;

export function finding(reason: Reason, field: Finding["field"], message: string): Finding {
  return { reason, field, message };
}

type Named = { readonly kind: string; readonly metadata: { readonly namespace: string; readonly name: string } };

function refOf({ kind, metadata: { namespace, name } }: Named): ObjectRef {
  return { kind, namespace, name };
}

export function verdictOn(object: Named, found: Finding): Verdict {
  return { on: refOf(object), ...found };
}
