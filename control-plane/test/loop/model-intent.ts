// In: the model's wishes. Out: the objects that render/istio would make of them, without what does not matter to the order of writes.
import { type Manifest, managedBy, moduleLabel, type Step, stepLabel } from "../../src/core/manifest.ts";
import { contentOf, keyOf } from "../../src/reconcile/content.ts";
import type { Intent } from "../../src/reconcile/intent.ts";
import type { World } from "../../src/reconcile/ports.ts";
import type { Wish } from "./model-api-server.ts";

function envoyFilter(
  name: string,
  namespace: string,
  step: Step,
  configPatches: readonly unknown[],
  module?: string,
): Manifest {
  const labels = { ...managedBy, [stepLabel]: step, ...(module === undefined ? {} : { [moduleLabel]: module }) };
  const metadata = { name, namespace, labels };
  return { apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter", metadata, spec: { configPatches } };
}

const made = new Map<string, readonly Manifest[]>();

function manifestsOf(namespace: string, wish: Wish): readonly Manifest[] {
  const key = JSON.stringify([namespace, wish]);
  const known = made.get(key) ?? makeManifests(namespace, wish);
  made.set(key, known);
  return known;
}

function makeManifests(namespace: string, { hosts, rules, module }: Wish): readonly Manifest[] {
  const extension = (role: string) => ({
    applyTo: "EXTENSION_CONFIG",
    patch: {
      operation: "ADD",
      value: {
        name: `expedite-${role}`,
        typed_config: {
          config: {
            name: `expedite-${role}`,
            vm_config: { configuration: { value: `${role} ${rules} ${module}` } },
            configuration: { value: rules },
          },
        },
      },
    },
  });
  const filter = envoyFilter("expedite-filter", namespace, "filter", ["inbound", "outbound"].map(extension), module);
  if (hosts.length === 0) return [filter];
  const added = hosts.map((host) => ({
    applyTo: "CLUSTER",
    patch: { operation: "ADD", value: { name: `expedite|batch|80|${host}` } },
  }));
  const chosen = hosts.map((host) => ({
    applyTo: "HTTP_ROUTE",
    patch: { operation: "MERGE", value: { action: { cluster: `expedite|batch|80|${host}` } } },
  }));
  return [
    filter,
    envoyFilter("expedite-clusters", namespace, "clusters", added),
    envoyFilter("expedite-routes", namespace, "routes", chosen),
  ];
}

export function modelIntent(world: World): Intent {
  const { wishes } = world as World & { readonly wishes: ReadonlyMap<string, Wish> };
  const manifests = new Map(
    [...wishes]
      .flatMap(([namespace, wish]) => manifestsOf(namespace, wish))
      .map((manifest) => [keyOf(manifest), manifest]),
  );
  return {
    revision: world.revision,
    generations: new Map(world.policies.map(({ uid, generation }) => [uid, generation])),
    wanted: new Map([...manifests].map(([key, manifest]) => [key, { ref: manifest, content: contentOf(manifest) }])),
    verdicts: [],
    withheld: new Map(),
    reach: new Map(),
    manifest: (key) => manifests.get(key)!,
    drop: () => {},
  };
}
