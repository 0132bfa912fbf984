// Provides the beginning and the end of scenarios.
import assert from "node:assert/strict";
import { Model } from "./model.ts";
import type { NamespacePolicy } from "./model-api-server.ts";

export const policy = (hosts: readonly string[], rules = "a", module = "m1"): NamespacePolicy => ({
  hosts,
  rules,
  module,
});

export function mesh(namespaces: readonly string[] = ["shop"], sidecars = 3): Model {
  const model = new Model();
  for (const namespace of namespaces)
    for (let index = 0; index < sidecars; index++) model.istiod.connect(namespace, `web-${index}`);
  return model;
}

/** Waits until everything is present and reported as programmed. @returns the milliseconds that it took */
export async function settled(
  model: Model,
  namespaces: readonly string[] = ["shop"],
  longest = 8_000,
): Promise<number> {
  return model.clock.until(
    () => model.isConverged() && namespaces.every((namespace) => model.api.isProgrammed(namespace)),
    longest,
    `converged and programmed: ${JSON.stringify([...model.api.conditions])} ${model.errors}`,
  );
}

export function assertSound(model: Model): void {
  assert.deepEqual(model.errors, []);
}
