// Counts the code of the module that a request of each variant executes: a part of its cost that does not depend on the machine.
import { type ExecutedCode, executedCode } from "./executed-code.ts";
import { playedVariants } from "./played-variants.ts";
import { isOfDefaultLevel, knownIds, variants } from "./variants.ts";

export interface Code extends ExecutedCode {
  readonly name: string;
  /** Calls from the module to Envoy. */
  readonly hostCalls: number;
}

const isDefault = ({ name }: { readonly name: string }): boolean => isOfDefaultLevel(name);

/** Proxies, each with its variants in order: one through which no demoted request passes, and one where the others' have passed before. */
const proxies = () => {
  const all = variants();
  return [
    { played: all.filter(isDefault), suffix: ", nothing demoted" },
    { played: [...all.filter((one) => !isDefault(one)), ...all.filter(isDefault)], suffix: "" },
  ];
};

const isCounted =
  (names: readonly string[]) =>
  ({ name, expedite }: { readonly name: string; readonly expedite: unknown }): boolean =>
    expedite !== undefined && names.includes(name);

/** The number of turns that countCode takes. */
export const codeTurns = (names: readonly string[]): number =>
  proxies().flatMap(({ played }) => played.filter(isCounted(names))).length;

export function countCode(names: readonly string[], progress: (step: string, turn: string) => void): readonly Code[] {
  const found: Code[] = [];
  for (const { played, suffix } of proxies())
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
      found.push({ name: `${variant.name}${suffix}`, ...executed, hostCalls: vm.calls.length });
    }
  return found;
}
