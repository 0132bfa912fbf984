// Performs the controller's writes: server-side apply and removal of Expedite's own objects, and the conditions of policies.
import { managedBy } from "../core/labels.ts";
import { isManaged, type ManifestRef } from "../core/manifest.ts";
import type { Kubernetes } from "../reconcile/ports.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { policyName, recordEvent } from "./events.ts";
import { ownedOf } from "./owned.ts";
import { type GroupVersionKind, objectPath, resourceOf } from "./resources.ts";
import type { RawObject } from "./watched-kinds.ts";
import { writeErrorOf } from "./write-problem.ts";

export const fieldManager = "expedite";
/** A separate field manager, because the user owns the spec. */
const statusManager = "expedite-status";
/**
 * The limit for a whole write. It is less than the time from a leader's last renewal of the Lease until another replica may lead
 * (leader-election.ts), so that the writes of two leaders never meet.
 */
const answerMillis = 4_000;
export const applyType = "application/apply-patch+yaml";

export function writer(server: ApiServer): Pick<Kubernetes, "apply" | "remove" | "writeConditions" | "record"> {
  /** Undefined if it does not exist. */
  const current = async (ref: ManifestRef, signal: AbortSignal): Promise<RawObject | undefined> => {
    try {
      return (await server.read({ method: "GET", path: objectPath(ref), signal })) as RawObject;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  };
  const port: Pick<Kubernetes, "apply" | "remove" | "writeConditions"> = {
    apply: async (manifest, owner) => {
      const signal = AbortSignal.timeout(answerMillis);
      const there = await current(manifest, signal);
      if (there !== undefined && !isManaged(there)) refuseForeign(manifest);
      const ownerReferences = [{ ...owner, controller: false, blockOwnerDeletion: false }];
      const body = { ...manifest, metadata: { ...manifest.metadata, ownerReferences } };
      const path = `${objectPath(manifest)}?fieldManager=${fieldManager}&force=true`;
      const stored = await server.read({ method: "PATCH", path, body, contentType: applyType, signal });
      return ownedOf(resourceOf(manifest), stored as RawObject);
    },
    remove: async (ref) => {
      const signal = AbortSignal.timeout(answerMillis);
      const there = await current(ref, signal);
      if (there === undefined) return;
      if (!isManaged(there)) refuseForeign(ref);
      try {
        // A new object may have the same name by now: only the one that was read is deleted.
        const body = { preconditions: { uid: there.metadata.uid } };
        await server.read({ method: "DELETE", path: objectPath(ref), body, signal });
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
      }
    },
    writeConditions: async (object, conditions) => {
      const name = policyName(object);
      await server.read({
        method: "PATCH",
        path: `${objectPath(name)}/status?fieldManager=${statusManager}&force=true`,
        body: { ...name, status: { conditions } },
        contentType: applyType,
        signal: AbortSignal.timeout(answerMillis),
      });
    },
  };
  return {
    apply: (manifest, owner) => explained(manifest, port.apply(manifest, owner)),
    remove: (ref) => explained(ref, port.remove(ref)),
    writeConditions: (object, conditions) => explained(policyName(object), port.writeConditions(object, conditions)),
    record: (object, type, reason, message) => {
      void recordEvent(server, { object, type, reason, message }).catch(() => {});
    },
  };
}

/** @throws WriteError for a refusal by the API server */
async function explained<T>(kind: GroupVersionKind, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    throw writeErrorOf(resourceOf(kind), error);
  }
}

/** @throws always */
function refuseForeign({ kind, metadata: { namespace, name } }: ManifestRef): never {
  const label = Object.entries(managedBy)
    .map((entry) => entry.join(": "))
    .join();
  throw new Error(
    `${kind} ${namespace}/${name} is not ours (it has no label ${label}) and is left alone; rename or remove it`,
  );
}
