// A request of the default level costs less in a proxy through which nothing demoted passed recently, as in most of a mesh. So variants of the
// default level are measured twice: in an Envoy that serves nothing else, and in one together with the others.
import { baseOf, dependsOnDemotions, isOfDefaultLevel, type Variant, variants } from "./variants.ts";

const suffix = ", nothing demoted";

/** What results call the variant in a proxy through which nothing demoted passed. */
export const quietly = (name: string): string => `${name}${suffix}`;

/** The variant of a result. */
export const variantOf = (label: string): string => (label.endsWith(suffix) ? label.slice(0, -suffix.length) : label);

/** The result that is subtracted from this one. */
export const baseOfResult = (label: string): string => inSameProxy(label, baseOf(variantOf(label)));

/** What results call another variant that was measured in the same proxy. */
export const inSameProxy = (label: string, name: string): string => (label.endsWith(suffix) ? quietly(name) : name);

/** The variants that are measured in a proxy through which nothing demoted passes: those whose cost depends on it, and what they are compared with. */
export function quietNames(names: readonly string[]): readonly string[] {
  const own = names.filter(dependsOnDemotions);
  if (own.length === 0) return [];
  const compared = ["native", "lua", ...own.map(baseOf)];
  return names.filter((name) => own.includes(name) || compared.includes(name));
}

/** One map of both measurements. What the quiet proxy has for comparison comes last. */
export function together<Value>(
  busy: ReadonlyMap<string, Value>,
  quiet: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  const labelled = [...quiet].map(([name, value]) => [quietly(name), value] as const);
  const own = labelled.filter(([label]) => isOfResults(label));
  const defaults = [...busy].filter(([name]) => isOfDefaultLevel(name));
  const others = [...busy].filter(([name]) => !isOfDefaultLevel(name));
  return new Map([...own, ...defaults, ...others, ...labelled.filter(([label]) => !isOfResults(label))]);
}

/** Whether it is a result of its own, and not there for comparison only. */
export const isOfResults = (label: string): boolean => !label.endsWith(suffix) || dependsOnDemotions(variantOf(label));

/** Proxies, each with its variants in the order in which requests pass it. */
export function variantsByProxy(): readonly { readonly played: readonly Variant[]; label(name: string): string }[] {
  const all = variants();
  const isDefault = ({ name }: Variant): boolean => isOfDefaultLevel(name);
  return [
    { played: all.filter(({ name }) => dependsOnDemotions(name)), label: quietly },
    { played: [...all.filter((one) => !isDefault(one)), ...all.filter(isDefault)], label: (name) => name },
  ];
}
