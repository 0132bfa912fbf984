// In: how many virtual hosts are wanted. Out: route configurations of random meshes that have so many different ones with shared routes.
import { onlyAdds } from "../checks/only-adds.ts";
import type { Generator } from "../generator.ts";
import type { IstioVersion } from "../istio-versions.ts";
import { ask } from "../judge.ts";
import { randomMesh } from "../mesh/random-mesh.ts";
import { oursFor } from "../ours.ts";
import { generationsOf } from "../world.ts";
import { type Scene, scenesOf } from "./scenes.ts";

/** Meshes that are tried: fewer virtual hosts are found than wanted where no request could be proven. */
const meshes = 400;

/** Istiod may be asked before it has converted everything, and then differs by itself. */
const attempts = 3;

export async function sample(generator: Generator, istio: IstioVersion, hosts: number): Promise<readonly Scene[]> {
  const known = new Set<string>();
  const scenes: Scene[] = [];
  let seed = 0;
  const work = async (): Promise<void> => {
    while (known.size < hosts && seed < meshes)
      for (const scene of await ofMesh(generator, istio, ++seed)) {
        const other = scene.hosts.filter((host) => !known.has(JSON.stringify(host.with)));
        for (const host of other) known.add(JSON.stringify(host.with));
        if (other.length > 0) scenes.push({ ...scene, hosts: other });
      }
  };
  await Promise.all(Array.from({ length: generator.size + 1 }, work));
  return scenes;
}

/** None where the mesh has no route of a user's that is listed. */
async function ofMesh(generator: Generator, istio: IstioVersion, seed: number): Promise<readonly Scene[]> {
  const { mesh } = randomMesh(seed);
  const { destinationRules, envoyFilters, header } = oursFor(mesh);
  if (!JSON.stringify(envoyFilters).includes("/virtual-service/")) return [];
  for (let attempt = 1; ; attempt++) {
    const { answer } = await ask({ generator, istio }, mesh, [[...destinationRules, ...envoyFilters]]);
    const [without, withAll] = generationsOf(answer);
    const isSteady = onlyAdds("", without!, withAll!, header).length === 0;
    if (isSteady || attempt === attempts) return scenesOf(`seed ${seed}`, without!, withAll!);
  }
}
