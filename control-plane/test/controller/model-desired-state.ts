// Makes the objects that render/istio would make for the model's policies, as far as the controller distinguishes them.
import { managedBy, moduleLabel } from "../../src/core/labels.ts";
import type { Manifest } from "../../src/core/manifest.ts";
import type { DesiredState } from "../../src/reconcile/desired-state.ts";
import { keyOf, summaryOf } from "../../src/reconcile/object-summary.ts";
import type { CacheState } from "../../src/reconcile/ports.ts";
import type { NamespacePolicy } from "./model-api-server.ts";

function envoyFilter(name: string, namespace: string, configPatches: readonly unknown[], module?: string): Manifest {
  const labels = { ...managedBy, ...(module === undefined ? {} : { [moduleLabel]: module }) };
  const metadata = { name, namespace, labels };
  return { apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter", metadata, spec: { configPatches } };
}

const made = new Map<string, readonly Manifest[]>();

function manifestsOf(namespace: string, policy: NamespacePolicy): readonly Manifest[] {
  const key = JSON.stringify([namespace, policy]);
  const known = made.get(key) ?? makeManifests(namespace, policy);
  made.set(key, known);
  return known;
}

function makeManifests(namespace: string, { hosts, rules, module }: NamespacePolicy): readonly Manifest[] {
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
  const insert = (role: string) => ({ applyTo: "HTTP_FILTER", patch: { value: { name: `expedite-${role}` } } });
  const roles = ["inbound", "outbound"];
  const filter = envoyFilter("expedite-filter", namespace, [...roles.map(extension), ...roles.map(insert)], module);
  if (hosts.length === 0) return [filter];
  const added = hosts.map((host) => ({
    applyTo: "CLUSTER",
    patch: { operation: "ADD", value: { name: `expedite|80|batch|${host}` } },
  }));
  const routes = [
    { applyTo: "ROUTE_CONFIGURATION", patch: { value: { cluster_specifier_plugins: ["expedite"] } } },
    ...hosts.map((host) => ({ applyTo: "HTTP_ROUTE", patch: { operation: "INSERT_FIRST", value: { name: host } } })),
  ];
  return [
    filter,
    envoyFilter("expedite-clusters", namespace, added),
    envoyFilter("expedite-routes", namespace, routes),
    {
      ...{ apiVersion: "networking.istio.io/v1", kind: "DestinationRule" },
      metadata: { name: "expedite-levels", namespace, labels: managedBy },
      spec: { host: "all", exportTo: [namespace], subsets: hosts.map((name) => ({ name: `expedite-batch|${name}` })) },
    },
  ];
}

/** All objects that are wanted. */
export function wantedManifests(namespacePolicies: ReadonlyMap<string, NamespacePolicy>): readonly Manifest[] {
  return [...namespacePolicies].flatMap(([namespace, policy]) => manifestsOf(namespace, policy));
}

export function modelDesiredState(cacheState: CacheState): DesiredState {
  const { namespacePolicies } = cacheState as CacheState & {
    readonly namespacePolicies: ReadonlyMap<string, NamespacePolicy>;
  };
  const manifests = new Map(wantedManifests(namespacePolicies).map((manifest) => [keyOf(manifest), manifest]));
  return {
    revision: cacheState.revision,
    generations: new Map(cacheState.policies.map(({ uid, generation }) => [uid, generation])),
    wanted: new Map([...manifests].map(([key, manifest]) => [key, { ref: manifest, summary: summaryOf(manifest) }])),
    verdicts: [],
    withheld: new Map(),
    reach: new Map(),
    manifest: (key) => manifests.get(key)!,
    drop: () => {},
  };
}
