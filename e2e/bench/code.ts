// Counts the code of the module that a request of each variant executes: a part of its cost that does not depend on the machine.
import { type ExecutedCode, executedCode } from "./executed-code.ts";
import { playedVariants } from "./played-variants.ts";
import { variantsByProxy } from "./quiet.ts";
import { knownIds } from "./variants.ts";

export interface Code extends ExecutedCode {
  readonly name: string;
  /** Calls from the module to Envoy. */
  readonly hostCalls: number;
}

const isCounted =
  (names: readonly string[]) =>
  ({ name, expedite }: { readonly name: string; readonly expedite: unknown }): boolean =>
    expedite !== undefined && names.includes(name);

/** The number of turns that countCode takes. */
export const codeTurns = (names: readonly string[]): number =>
  variantsByProxy().flatMap(({ played }) => played.filter(isCounted(names))).length;

export function countCode(names: readonly string[], progress: (step: string, turn: string) => void): readonly Code[] {
  const found: Code[] = [];
  for (const { played, label } of variantsByProxy())
    for (const { variant, vm, send } of playedVariants(played)) {
      // What is done only once is done now. The second request has a new id or, for variants whose ids repeat, the same.
      send(0);
      const again = (): void => send(knownIds);
      if (!isCounted(names)(variant)) {
        // What is stored then decides what later variants find.
        again();
        continue;
      }
      progress("code", variant.name);
      const executed = executedCode(again);
      found.push({ name: label(variant.name), ...executed, hostCalls: vm.calls.length });
    }
  return found;
}
