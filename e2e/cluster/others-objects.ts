// Compares the objects that Expedite does not own with their earlier state: the controller must not change any of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";

const kinds = [
  ...["namespaces", "services", "serviceaccounts", "configmaps", "pods", "deployments.apps", "nodes"],
  ...["gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io", "gateways.networking.istio.io"],
  ...["virtualservices", "destinationrules", "sidecars", "serviceentries", "envoyfilters", "peerauthentications"],
  ...["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
].join(",");

/** The other writers in test clusters: people, Kubernetes, istiod. */
const known = /^(kubectl|kube-|kubelet|pilot-discovery|istio\.io|Go-http-client|kubernetes)/;

interface Item {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string }[];
  };
  readonly spec?: unknown;
  readonly data?: unknown;
}

/** istiod renews its leases in annotations of ConfigMaps. */
const passing = "control-plane.alpha.kubernetes.io/leader";

/** What must stay the same, by kind namespace/name. */
export type Foreign = ReadonlyMap<
  string,
  { readonly uid: string; readonly content: string; readonly managers: string }
>;

/** Objects that a user could have, of kinds that the cluster's own programs don't have. @throws CommandError */
export async function addBystanders(kubectl: Kubectl): Promise<void> {
  await applyObjects(kubectl, readFileSync(join(import.meta.dirname, "manifests/bystanders.yaml"), "utf8"));
}

/** Reads everything but statuses. */
export async function foreignObjects(kubectl: Kubectl): Promise<Foreign> {
  const text = await kubectl(["get", kinds, "-A", "-o", "json", "--show-managed-fields"]);
  const { items } = JSON.parse(text) as { readonly items: readonly Item[] };
  const foreign = items.filter(({ metadata: { labels } }) => labels?.["app.kubernetes.io/managed-by"] !== "expedite");
  return new Map(
    foreign.map(({ kind, metadata, spec, data }) => [
      `${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
      {
        uid: metadata.uid,
        content: JSON.stringify([
          ...[metadata.generation, metadata.labels, spec, data],
          Object.entries(metadata.annotations ?? {}).filter(([name]) => name !== passing),
        ]),
        managers: [...new Set(metadata.managedFields?.map(({ manager }) => manager))].sort().join(),
      },
    ]),
  );
}

/**
 * Asserts that objects which existed before and still exist have the same generation, labels, annotations, spec and data, and that no
 * object, old or new, has a field whose manager is not a known other writer.
 * @param changed the objects that the test itself changed, as `kind namespace/name`
 */
export async function assertUntouched(
  kubectl: Kubectl,
  before: Foreign,
  changed: readonly string[] = [],
): Promise<void> {
  const now = await foreignObjects(kubectl);
  const stayed = [...before].filter(([name, { uid }]) => now.get(name)?.uid === uid && !changed.includes(name));
  assert.ok(stayed.length > 30, `${stayed.length} objects existed all the time`);
  for (const [name, { content }] of stayed) assert.equal(now.get(name)!.content, content, name);
  const unknown = [...now].filter(([, { managers }]) =>
    managers.split(",").some((one) => one !== "" && !known.test(one)),
  );
  assert.deepEqual(
    unknown.map(([name, { managers }]) => `${name}: ${managers}`),
    [],
  );
  console.log(`${now.size} objects of others, ${stayed.length} of them compared with their earlier state: unchanged`);
}
