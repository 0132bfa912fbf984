// In: an API server. Out: the writes of the loop: server-side apply and removal of our own objects, conditions, events.
import { type ManifestRef, managedBy } from "../core/manifest.ts";
import type { Kubernetes, PolicyObject } from "../reconcile/ports.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { ownedOf } from "./owned.ts";
import { isManaged } from "./parsed-object.ts";
import type { RawObject } from "./watched-kinds.ts";

export const fieldManager = "expedite";
/** Of status, apart: the owner of the spec is the user. */
const statusManager = "expedite-status";
/** For all of a write. Less than from a Lease's last renewal of a leader to when another may lead (leader-election.ts): no write of ours meets one of its. */
const answerMillis = 4_000;
const applyType = "application/apply-patch+yaml";

const plurals: Readonly<Record<string, string>> = {
  EnvoyFilter: "envoyfilters",
  DestinationRule: "destinationrules",
  ConfigMap: "configmaps",
  PriorityPolicy: "prioritypolicies",
  PriorityLadder: "priorityladders",
};

/** @throws for a kind that is not ours to write */
export function objectPath({ apiVersion, kind, metadata: { name, namespace } }: PathRef): string {
  const plural = plurals[kind];
  if (plural === undefined) throw new Error(`${kind} is no kind that is written here`);
  const root = apiVersion.includes("/") ? "/apis" : "/api";
  const place = namespace === undefined || namespace === "" ? "" : `/namespaces/${namespace}`;
  return `${root}/${apiVersion}${place}/${plural}/${name}`;
}

type PathRef = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

export function writer(server: ApiServer): Pick<Kubernetes, "apply" | "remove" | "writeConditions" | "record"> {
  /** Undefined: it is not there. */
  const current = async (ref: ManifestRef, signal: AbortSignal): Promise<RawObject | undefined> => {
    try {
      return (await server.read({ method: "GET", path: objectPath(ref), signal })) as RawObject;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  };
  const refuseForeign = ({ kind, metadata: { namespace, name } }: ManifestRef): never => {
    const label = Object.entries(managedBy)
      .map(([key, value]) => `${key}: ${value}`)
      .join();
    throw new Error(
      `${kind} ${namespace}/${name} is not ours (it has no label ${label}) and is left alone; rename or remove it`,
    );
  };
  return {
    apply: async (manifest, owner) => {
      const signal = AbortSignal.timeout(answerMillis);
      const there = await current(manifest, signal);
      if (there !== undefined && !isManaged(there)) refuseForeign(manifest);
      const ownerReferences = [{ ...owner, controller: false, blockOwnerDeletion: false }];
      const body = { ...manifest, metadata: { ...manifest.metadata, ownerReferences } };
      const path = `${objectPath(manifest)}?fieldManager=${fieldManager}&force=true`;
      const request = { method: "PATCH", path, body, contentType: applyType, signal } as const;
      const { apiVersion, kind } = manifest;
      return ownedOf(apiVersion, kind, (await server.read(request)) as RawObject);
    },
    remove: async (ref) => {
      const signal = AbortSignal.timeout(answerMillis);
      const there = await current(ref, signal);
      if (there === undefined) return;
      if (!isManaged(there)) refuseForeign(ref);
      try {
        // Only what was looked at: another of the same name may have come since.
        const body = { preconditions: { uid: there.metadata.uid } };
        await server.read({ method: "DELETE", path: objectPath(ref), body, signal });
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
      }
    },
    writeConditions: async (object, conditions) => {
      const ref = policyRef(object);
      const path = `${objectPath(ref)}/status?fieldManager=${statusManager}&force=true`;
      await server.read({
        method: "PATCH",
        path,
        body: { ...ref, status: { conditions } },
        contentType: applyType,
        signal: AbortSignal.timeout(answerMillis),
      });
    },
    record: (object, type, reason, message) => {
      void event(server, object, type, reason, message).catch(() => {});
    },
  };
}

function policyRef({ ref: { kind, namespace, name } }: PolicyObject): PathRef {
  return {
    apiVersion: "expedite.dev/v1alpha1",
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** Of a cluster-scoped object in the namespace default, as kubectl looks for it there. */
async function event(
  server: ApiServer,
  object: PolicyObject,
  type: string,
  reason: string,
  message: string,
): Promise<void> {
  const { kind, namespace = "default", name } = object.ref;
  const regarding = {
    apiVersion: "expedite.dev/v1alpha1",
    kind,
    name,
    uid: object.uid,
    ...(object.ref.namespace === undefined ? {} : { namespace }),
  };
  const body = {
    ...{ apiVersion: "events.k8s.io/v1", kind: "Event", metadata: { generateName: `${name}.`, namespace } },
    ...{
      eventTime: new Date().toISOString().replace("Z", "000Z"),
      type,
      reason,
      note: message.slice(0, 1024),
      action: "Reconcile",
      regarding,
    },
    ...{ reportingController: "expedite.dev/controller", reportingInstance: fieldManager },
  };
  await server.read({
    method: "POST",
    path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
    body,
    signal: AbortSignal.timeout(answerMillis),
  });
}
