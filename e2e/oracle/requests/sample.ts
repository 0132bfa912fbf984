// Collects route configurations of random meshes until they have the wanted number of different virtual hosts with shared routes.
import { onlyAdds } from "../checks/only-adds.ts";
import { ask } from "../compare.ts";
import { oursFor } from "../expedite-objects.ts";
import { generationsOf } from "../generation.ts";
import type { Generator } from "../generator.ts";
import type { IstioVersion } from "../istio-versions.ts";
import { randomMesh } from "../mesh/random-mesh.ts";
import type { Json } from "../protocol.ts";
import { type RouteConfiguration, routeConfigurationsOf } from "./route-configurations.ts";

/** The number of meshes to try; fewer virtual hosts than wanted are found if no request could be proven. */
const meshes = 400;

/** istiod may be asked before it has converted everything, and then differs by itself. */
const attempts = 3;

/** The numbers of different virtual hosts wanted; few meshes have users' routes at gateways. */
export type Wanted = { readonly hosts: number; readonly atGateways: number };

export async function sample(
  generator: Generator,
  istio: IstioVersion,
  wanted: Wanted,
): Promise<readonly RouteConfiguration[]> {
  const known = new Set<string>();
  const configurations: RouteConfiguration[] = [];
  let atGateways = 0;
  let seed = 0;
  const add = (configuration: RouteConfiguration): void => {
    const other = configuration.hosts.filter((host) => !known.has(JSON.stringify(host.with)));
    for (const host of other) known.add(JSON.stringify(host.with));
    if (other.length > 0) configurations.push({ ...configuration, hosts: other });
    if (isAtGateway(configuration)) atGateways += other.length;
  };
  const work = async (): Promise<void> => {
    while ((known.size < wanted.hosts || atGateways < wanted.atGateways) && seed < meshes) {
      const isEnough = known.size >= wanted.hosts;
      const found = await ofMesh(generator, istio, ++seed, isEnough ? "expedite-gateway" : "expedite-");
      for (const configuration of found) if (!isEnough || isAtGateway(configuration)) add(configuration);
    }
  };
  await Promise.all(Array.from({ length: generator.size + 1 }, work));
  return configurations;
}

export const isAtGateway = ({ filter }: RouteConfiguration): boolean => filter.config.role === "gateway";

/** Empty unless a filter whose name begins like this lists a user's route. */
async function ofMesh(
  generator: Generator,
  istio: IstioVersion,
  seed: number,
  filter: string,
): Promise<readonly RouteConfiguration[]> {
  const { mesh } = randomMesh(seed);
  const { destinationRules, envoyFilters, header } = oursFor(mesh);
  const patches = envoyFilters.flatMap(
    ({ spec }) => (spec as { readonly configPatches: readonly Json[] }).configPatches,
  );
  const texts = patches.map(({ patch }) => JSON.stringify(patch));
  const lists = texts.filter((text) => text.includes("/virtual-service/") && text.includes(`"name":"${filter}`));
  if (lists.length === 0) return [];
  for (let attempt = 1; ; attempt++) {
    const { answer } = await ask({ generator, istio }, mesh, [[...destinationRules, ...envoyFilters]]);
    const [without, withAll] = generationsOf(answer);
    const isSteady = onlyAdds({ check: "", header }, without!, withAll!).length === 0;
    if (isSteady || attempt === attempts) return routeConfigurationsOf(`seed ${seed}`, without!, withAll!);
  }
}
