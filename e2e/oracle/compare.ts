// Finds every difference that Expedite makes to a mesh and must not make, by asking Istio's own generator.

import { declared } from "./checks/declared.ts";
import { levelClusters } from "./checks/level-clusters.ts";
import { onlyAdds } from "./checks/only-adds.ts";
import { sameAction } from "./checks/same-action.ts";
import type { Difference } from "./differences.ts";
import { type Ours, oursFor } from "./expedite-objects.ts";
import { generationsOf } from "./generation.ts";
import type { Generator } from "./generator.ts";
import type { IstioVersion } from "./istio-versions.ts";
import { isExpedites, type Mesh, proxiesOf } from "./mesh/mesh.ts";
import type { Trial } from "./minimise.ts";
import type { Answer, Thing } from "./protocol.ts";
import { withDefaults } from "./served.ts";

export type Comparison = {
  readonly differences: readonly Difference[];
  /** Level clusters that proven requests take, and those that are missing. */
  readonly found: number;
  readonly missing: number;
  readonly proxies: number;
  /** Number of Expedite's objects that Istio's validation checked. */
  readonly objects: number;
};

export type Compare = (trial: Trial) => Promise<Comparison>;

/** The version that the proxies report. */
const versions: Readonly<Record<IstioVersion, string>> = { "1.31": "1.31.0", "1.30": "1.30.3" };

/** How many times a difference has to occur: what istiod has not converted yet when it is asked does not count. */
const times = 3;

/** A difference that does not occur every time is not Expedite's. */
export async function compare(asked: Asked, trial: Trial): Promise<Comparison> {
  let comparison = await compareOnce(asked, trial);
  for (let time = 1; time < times && comparison.differences.length > 0; time++) {
    const again = await compareOnce(asked, trial);
    const known = new Set(again.differences.map(({ check, path }) => `${check} ${path}`));
    const both = comparison.differences.filter(({ check, path }) => known.has(`${check} ${path}`));
    comparison = { ...comparison, differences: both };
  }
  return comparison;
}

async function compareOnce(asked: Asked, { mesh: given, changed }: Trial): Promise<Comparison> {
  const mesh = await accepted(asked, given);
  const ours = oursFor(mesh);
  const now = await compareObjects(asked, mesh, ours);
  if (changed === undefined) return now;
  // (e) The users' objects have changed, and Expedite's have not yet.
  const { answer } = await ask(asked, { ...mesh, objects: changed }, [
    [...ours.destinationRules, ...ours.envoyFilters],
  ]);
  const [without, withAll] = generationsOf(answer);
  const stale = [...onlyAdds({ check: "e: stale", header: ours.header }, without!, withAll!), ...declared(withAll!)];
  return { ...now, differences: [...now.differences, ...stale] };
}

export type Asked = { readonly generator: Generator; readonly istio: IstioVersion };

/** @param ours what Expedite makes for the mesh */
export async function compareObjects(
  asked: Asked,
  mesh: Mesh,
  { destinationRules, envoyFilters, header }: Ours,
): Promise<Comparison> {
  const { answer, proxies } = await ask(asked, mesh, [destinationRules, envoyFilters]);
  const [without, withRules, withAll] = generationsOf(answer);
  const taken = levelClusters(withAll!);
  return {
    differences: [
      ...refusals(answer),
      ...onlyAdds({ check: "f: subset rules", header }, without!, withRules!),
      ...onlyAdds({ check: "a: only adds", header }, without!, withAll!),
      ...sameAction(withAll!),
      ...taken.differences,
      ...declared(withAll!),
    ],
    ...{ found: taken.found, missing: taken.missing, proxies },
    objects: destinationRules.length + envoyFilters.length,
  };
}

const refusals = ({ refused = [] }: Answer): readonly Difference[] =>
  refused.map((reason) => ({ check: "refused by Istio", path: reason }));

/** Checks only whether Istio's validation accepts Expedite's objects, whatever users' objects they are made from. */
export async function validate({ generator }: Asked, { mesh }: Trial): Promise<Comparison> {
  const { destinationRules, envoyFilters } = oursFor(mesh);
  const objects = [...destinationRules, ...envoyFilters];
  const answer = await generator.ask({ mesh: {}, objects, proxies: [], steps: [], isCheck: true });
  if (answer.error !== undefined) throw new Error(answer.error);
  return { differences: refusals(answer), found: 0, missing: 0, proxies: 0, objects: objects.length };
}

/** Leaves out the objects that Istio's webhook refuses, because no cluster has them. */
async function accepted(asked: Asked, mesh: Mesh): Promise<Mesh> {
  const { answer } = await ask(asked, { ...mesh, objects: mesh.objects.filter(isOfIstio) }, undefined);
  const refused = (answer.refused ?? []).map((reason) => reason.split(": ")[0]!);
  if (refused.length === 0) return mesh;
  return { ...mesh, objects: mesh.objects.filter((one) => !isOfIstio(one) || !refused.includes(nameOf(one))) };
}

const isOfIstio = ({ apiVersion }: Thing): boolean => apiVersion.includes(".istio.io/");
const nameOf = ({ kind, metadata }: Thing): string => `${kind} ${metadata.namespace}/${metadata.name}`;

/** @param steps absent: report only what is refused */
export async function ask({ generator, istio }: Asked, mesh: Mesh, steps?: readonly (readonly Thing[])[]) {
  const proxies = proxiesOf(mesh, versions[istio]);
  const objects = mesh.objects.filter((one) => !isExpedites(one)).map(withDefaults);
  const answer = await generator.ask({
    mesh: mesh.meshConfig,
    objects,
    proxies,
    ...(steps === undefined ? { steps: [], isCheck: true } : { steps }),
  });
  if (answer.error !== undefined) throw new Error(answer.error);
  return { answer, proxies: proxies.length };
}
