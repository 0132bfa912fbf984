// Makes the Envoys of an idle mesh: a gateway, three pods whose applications call the next one, and a last pod that answers. All variants are in
// the same Envoys, each with listeners of its own, so that they differ in nothing but their filters.
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { answerByLevel, bootstrap, type Cluster, type Listener, ladder, toCluster } from "../../envoy/bootstrap.ts";
import type { IdleVariant } from "./variants.ts";

type Role = FilterConfig["role"];

/** The listeners that a request passes, by Envoy. */
const envoys: readonly (readonly Role[])[] = [
  ["gateway"],
  ["inbound", "outbound"],
  ["inbound", "outbound"],
  ["inbound", "outbound"],
  ["inbound"],
];

export const passes: readonly Role[] = envoys.flat();

const firstPort = 19_000;

/** Of the listener for one pass of the variant with that number. */
const portOf = (variant: number, pass: number): number => firstPort + variant * passes.length + pass;

/** Where the variant's requests begin. */
export const entryOf = (variant: number): number => portOf(variant, 0);

const nameOf = ({ name }: IdleVariant, pass: number): string => `${name}-${pass}`;

/** Behind inbound is the application, which forwards every header but the level's. */
function routesOf(variant: IdleVariant, pass: number): Listener["routes"] {
  if (pass === passes.length - 1) return answerByLevel(ladder.levels);
  const remove = passes[pass] === "inbound" ? { request_headers_to_remove: [ladder.header] } : {};
  return [{ ...toCluster(nameOf(variant, pass + 1)), ...remove }];
}

/** One bootstrap for each Envoy, in the order in which a request passes them. */
export function chain(variants: readonly IdleVariant[]): readonly unknown[] {
  let before = 0;
  return envoys.map((roles) => {
    const own = roles.map((role, index) => ({ role, pass: before + index }));
    before += roles.length;
    const each = variants.flatMap((variant, number) => own.map((one) => ({ ...one, variant, number })));
    const listeners = each.map(({ variant, number, role, pass }): Listener => {
      const { filters, configuration } = variant.at(role);
      return {
        ...{ name: nameOf(variant, pass), port: portOf(number, pass), routes: routesOf(variant, pass) },
        ...(filters === undefined ? {} : { before: filters }),
        ...(configuration === undefined ? {} : { filter: configuration }),
      };
    });
    const clusters = each
      .filter(({ pass }) => pass + 1 < passes.length)
      .map(
        ({ variant, number, pass }): Cluster => ({ name: nameOf(variant, pass + 1), port: portOf(number, pass + 1) }),
      );
    return bootstrap(listeners, clusters);
  });
}
