// Makes the objects that render/istio would make for the model's policies, as far as the controller distinguishes them.
import { managedBy, moduleLabel } from "../../src/core/labels.ts";
import type { Manifest } from "../../src/core/manifest.ts";
import type { Enrolment, Plan } from "../../src/core/plan.ts";
import type { DesiredState } from "../../src/reconcile/desired-state.ts";
import { keyOf, summaryOf } from "../../src/reconcile/object-summary.ts";
import type { CacheState } from "../../src/reconcile/ports.ts";
import type { NamespacePolicy } from "./model-api-server.ts";

function envoyFilter(name: string, namespace: string, configPatches: readonly unknown[], module?: string): Manifest {
  const labels = { ...managedBy, ...(module === undefined ? {} : { [moduleLabel]: module }) };
  const metadata = { name, namespace, labels };
  return { apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter", metadata, spec: { configPatches } };
}

/** What the whole mesh adds to a namespace's policy. */
type Made = NamespacePolicy & { readonly writesDefault: boolean };

const made = new Map<string, readonly Manifest[]>();

function manifestsOf(namespace: string, policy: Made): readonly Manifest[] {
  const key = JSON.stringify([namespace, policy]);
  const known = made.get(key) ?? makeManifests(namespace, policy);
  made.set(key, known);
  return known;
}

/** A configuration of the filter, with the fields that the controller reads. */
function filterConfiguration(role: string, { rules, classifies, writesDefault }: Made): string {
  const inbound = role === "inbound" && classifies === true;
  return JSON.stringify({ role, rules: inbound ? [rules] : [], name: rules, writeDefault: writesDefault });
}

function makeManifests(namespace: string, policy: Made): readonly Manifest[] {
  const { hosts, rules, module, classifies = false, writesDefault } = policy;
  const generation = `${rules} ${module}${writesDefault ? ` ${classifies ? "classified" : "written"}` : ""}`;
  const extension = (role: string) => ({
    applyTo: "EXTENSION_CONFIG",
    patch: {
      operation: "ADD",
      value: {
        name: `expedite-${role}`,
        typed_config: {
          config: {
            name: `expedite-${role}`,
            vm_config: { configuration: { value: `${role} ${generation}` } },
            configuration: { value: filterConfiguration(role, policy) },
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

type Policies = ReadonlyMap<string, NamespacePolicy>;

/** All objects that are wanted. */
export function wantedManifests(policies: Policies): readonly Manifest[] {
  const writesDefault = [...policies.values()].some(({ classifies }) => classifies === true);
  return [...policies].flatMap(([namespace, policy]) => manifestsOf(namespace, { ...policy, writesDefault }));
}

/** Those of the step in which everything writes the default level, and no sidecar classifies. */
const writingDefault = (policies: Policies): readonly Manifest[] =>
  [...policies].flatMap(([namespace, policy]) =>
    manifestsOf(namespace, { ...policy, classifies: false, writesDefault: true }),
  );

function stateOf(cacheState: CacheState, all: readonly Manifest[]): DesiredState {
  const manifests = new Map(all.map((manifest) => [keyOf(manifest), manifest]));
  return {
    revision: cacheState.revision,
    generations: new Map(cacheState.policies.map(({ uid, generation }) => [uid, generation])),
    plan: { mode: "Enforce", enrolments: [] as readonly Enrolment[] } as Plan,
    wanted: new Map([...manifests].map(([key, manifest]) => [key, { ref: manifest, summary: summaryOf(manifest) }])),
    verdicts: [],
    withheld: new Map(),
    reach: new Map(),
    manifest: (key) => manifests.get(key)!,
    drop: () => {},
  };
}

export function modelDesiredState(cacheState: CacheState): DesiredState {
  const { namespacePolicies } = cacheState as CacheState & { readonly namespacePolicies: Policies };
  return {
    ...stateOf(cacheState, wantedManifests(namespacePolicies)),
    writingDefault: () => stateOf(cacheState, writingDefault(namespacePolicies)),
  };
}
