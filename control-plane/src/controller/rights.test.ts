// The controller's roles contain each verb that it uses on each kind, and no other: without any one of them a request would be refused.
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { managedBy } from "../core/labels.ts";
import { ApiError, type ApiRequest, type ApiServer } from "../kube/api-server.ts";
import { istiodPods } from "../kube/istiod-pods.ts";
import { rulesOf } from "../kube/rbac.ts";
import { apiVersionOf, nameOf, type Resource, resources } from "../kube/resources.ts";
import { authorizer } from "../kube/token-review.ts";
import { watchKubernetes } from "../kube/watch-cache.ts";
import { createLog } from "../program/log.ts";
import { leadership } from "./leadership.ts";

/** `list pods`, `patch priorityladders.expedite.dev/status`. */
const used = new Set<string>();
const stored = new Map<string, unknown>();

/** A Lease of another installation, which needs a right in every namespace. */
const elsewhere = (plural: string, isElsewhere: boolean): string =>
  plural === "leases" && isElsewhere ? " of another namespace" : "";

/** As the API server takes a request for its authorisation. */
function record({ method, path }: ApiRequest): void {
  const [place = "", query = ""] = path.split("?");
  const parts =
    /^\/(api|apis)\/((?:[^/]+\/)?v\w+)(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(place);
  const [, , version = "", plural, name, subresource] = parts ?? [];
  const resource = Object.values<Resource>(resources).find(
    (one) => one.plural === plural && apiVersionOf(one) === version,
  );
  assert.ok(resource !== undefined, path);
  const verbs = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const;
  const watch = new URLSearchParams(query).has("watch") ? "watch" : "list";
  const verb = method === "GET" ? (name === undefined ? watch : "get") : verbs[method];
  const where = elsewhere(resource.plural, !place.includes("/istio-system/"));
  const full = `${nameOf(resource)}${subresource === undefined ? "" : `/${subresource}`}${where}`;
  used.add(`${verb} ${full}`);
  // Server-side apply creates what is missing, which is another verb.
  if (verb === "patch" && subresource === undefined && !stored.has(place)) used.add(`create ${full}`);
}

const server: ApiServer = {
  open: async (request) => {
    record(request);
    const stream = Readable.from([""]);
    return stream as IncomingMessage;
  },
  read: async (request) => {
    record(request);
    const { method, path, body } = request;
    const [place = "", query = ""] = path.split("?");
    // Another installation has the ladder, and is gone.
    if (query === "fieldSelector=metadata.name%3Ddefault")
      return { items: [{ metadata: { resourceVersion: "1" }, status: { controller: "mesh/expedite" } }] };
    if (method === "GET" && /\/(expedite|mine)$/.test(place)) {
      if (stored.has(place)) return stored.get(place);
      throw new ApiError(404, "not found");
    }
    if (method === "GET") return { metadata: { resourceVersion: "1" }, items: [] };
    const isNamed = method !== "POST";
    const { metadata } = (body ?? {}) as { readonly metadata?: { readonly name?: string } };
    if (method !== "DELETE") stored.set(isNamed ? place : `${place}/${metadata?.name}`, body);
    return body;
  },
};

const mine = { metadata: { name: "mine", namespace: "shop", labels: managedBy }, spec: {} };
const objects = [
  { apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter", ...mine, spec: { configPatches: [] } },
  { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", ...mine, spec: { host: "a", subsets: [] } },
] as const;
const owner = { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", name: "default", uid: "1" } as const;

test("each verb is used, and each request is covered", async (context) => {
  const facts = { revision: 0 };
  const kubernetes = watchKubernetes({ server, mesh: () => facts, changed: () => {} });
  const istiod = istiodPods(server, "istio-system");
  const settings = { namespace: "istio-system", leaseName: "expedite", identity: "a", createLadder: "true" } as const;
  const elector = leadership({ server, settings, log: createLog("error"), changed: () => {} });
  context.after(() => Promise.all([kubernetes.stop(), istiod.stop(), elector.stop()]));
  for (const object of objects) {
    await kubernetes.apply(object, owner);
    await kubernetes.remove(object);
  }
  for (const kind of ["PriorityLadder", "PriorityPolicy", "RequestQueue"]) {
    const policy = { ref: { kind, name: "mine", namespace: "shop" }, uid: "1", generation: 1, conditions: [] };
    const ladder = { ...policy, ref: { kind, name: "default" } };
    const object = kind === "PriorityLadder" ? ladder : policy;
    await kubernetes.writeConditions(object, []);
    kubernetes.record(object, "Normal", "a", "b");
  }
  const asking = authorizer({
    ...server,
    read: async (request) => {
      await server.read(request);
      return { status: { authenticated: true, user: { username: "a" }, allowed: true } };
    },
  });
  assert.ok(await asking("token", "/expedite/plan"));
  const granted = [false, true].flatMap((isInstallOnly) =>
    rulesOf(isInstallOnly).flatMap(({ apiGroups: [group = ""], resources: [plural = ""], verbs }) => {
      const [name = "", subresource] = plural.split("/");
      const full = `${group === "" ? name : `${name}.${group}`}${elsewhere(name, !isInstallOnly)}`;
      return verbs.map((verb) => `${verb} ${full}${subresource === undefined ? "" : `/${subresource}`}`);
    }),
  );
  for (const end = Date.now() + 20_000; granted.some((right) => !used.has(right)) && Date.now() < end; )
    await sleep(20);
  assert.deepEqual([...used].sort(), [...new Set(granted)].sort());
});
