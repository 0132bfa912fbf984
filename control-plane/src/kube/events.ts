// Records Kubernetes events on policies and the ladder.
import type { PolicyObject } from "../reconcile/ports.ts";
import type { ApiServer } from "./api-server.ts";
import { apiVersionOf, collectionPath, type ObjectName, resources } from "./resources.ts";

export type PolicyEvent = {
  readonly object: PolicyObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
};

const answerMillis = 4_000;
/** The API server accepts no longer note. */
const longestNote = 1024;

export function policyName({ ref: { kind, namespace, name } }: PolicyObject): ObjectName {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: apiVersionOf(resources.policies), kind, metadata };
}

/** An event of a cluster-scoped object is in the namespace default, where kubectl looks for it. @throws when refused */
export async function recordEvent(server: ApiServer, { object, type, reason, message }: PolicyEvent): Promise<void> {
  const { apiVersion, kind, metadata } = policyName(object);
  const { namespace = "default", name } = metadata;
  await server.read({
    method: "POST",
    path: collectionPath(resources.events, namespace),
    body: {
      apiVersion: apiVersionOf(resources.events),
      kind: resources.events.kind,
      metadata: { generateName: `${name}.`, namespace },
      eventTime: new Date().toISOString().replace("Z", "000Z"),
      type,
      reason,
      note: message.slice(0, longestNote),
      action: "Reconcile",
      regarding: { apiVersion, kind, ...metadata, uid: object.uid },
      reportingController: "expedite.dev/controller",
      reportingInstance: "expedite",
    },
    signal: AbortSignal.timeout(answerMillis),
  });
}
