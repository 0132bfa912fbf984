// Determines the reason why a command failed, from the messages of the kernel, iproute2, nftables and nsenter.
import type { Inactive, InactiveReason } from "../core/link-state.ts";
import { CommandError } from "./namespace.ts";

/** The first match determines the reason. */
const words: readonly (readonly [RegExp, InactiveReason])[] = [
  [/^nsenter: (cannot open|reassociate to namespace)/, "NamespaceGone"],
  [/^nsenter: failed to execute/, "ToolMissing"],
  [/^spawn \S+ ENOENT/, "ToolMissing"],
  // A shell's message; before it stand the shell's name and the line.
  [/: \S+: (command )?not found$/m, "ToolMissing"],
  [/Operation not permitted|Permission denied/, "NotPermitted"],
  // tc on a kernel without HTB or a leaf qdisc; without the library it names the module.
  [/[Qq]disc kind is unknown|Unknown qdisc/, "KernelUnsupported"],
  // nft on a kernel without nf_tables, or without an expression that a rule needs.
  [/Protocol not supported|Operation not supported|nf_tables.*not supported/, "KernelUnsupported"],
  // Linux before 5.10.
  [/tcp_reflect_tos['’]?: No such file/, "KernelUnsupported"],
];

/** A failed undo hides the original failure, so its cause counts. */
export function failure(error: unknown): Inactive {
  const found = commandErrorOf(error);
  const problem = error instanceof Error ? error.message : String(error);
  const reason = words.find(([pattern]) => pattern.test(found?.stderr ?? ""))?.[1];
  return { reason: reason ?? "Failed", problem };
}

function commandErrorOf(error: unknown): CommandError | undefined {
  if (error instanceof CommandError) return error;
  return error instanceof Error && error.cause !== undefined ? commandErrorOf(error.cause) : undefined;
}
