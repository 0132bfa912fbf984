// Generates what a mesh's proxies get with all of Expedite's objects.

import { ask } from "./compare.ts";
import { oursFor } from "./expedite-objects.ts";
import { type Generation, generationsOf } from "./generation.ts";
import type { Generator } from "./generator.ts";
import type { IstioVersion } from "./istio-versions.ts";
import type { Mesh } from "./mesh/mesh.ts";

export async function askAll(generator: Generator, istio: IstioVersion, mesh: Mesh): Promise<Generation> {
  const { destinationRules, envoyFilters } = oursFor(mesh);
  const { answer } = await ask({ generator, istio }, mesh, [[...destinationRules, ...envoyFilters]]);
  return generationsOf(answer).at(-1)!;
}
