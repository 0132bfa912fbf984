// Generates what a mesh's proxies get with all of Expedite's objects.
import type { Generator } from "./generator.ts";
import type { IstioVersion } from "./istio-versions.ts";
import { ask } from "./judge.ts";
import type { Mesh } from "./mesh/mesh.ts";
import { oursFor } from "./ours.ts";
import { type Generation, generationsOf } from "./world.ts";

export async function askAll(generator: Generator, istio: IstioVersion, mesh: Mesh): Promise<Generation> {
  const { destinationRules, envoyFilters } = oursFor(mesh);
  const { answer } = await ask({ generator, istio }, mesh, [[...destinationRules, ...envoyFilters]]);
  return generationsOf(answer).at(-1)!;
}
