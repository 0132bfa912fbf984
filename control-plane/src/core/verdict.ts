// Defines what translate found out about an object: the content of a status condition, or of a line of the command's output. Types only.
import type { FieldPath } from "../api/parse.ts";
import type { Reason } from "../api/reasons.ts";

export type ObjectRef = { readonly kind: string; readonly namespace?: string; readonly name: string };

export type Verdict = {
  readonly on: ObjectRef;
  readonly reason: Reason;
  readonly field: FieldPath;
  /** What is wrong, and what is allowed or what to change; it continues a sentence that begins with the field's value. */
  readonly message: string;
};
