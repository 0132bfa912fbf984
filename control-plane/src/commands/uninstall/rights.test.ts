// The rules that the chart's hook gets cover every request of `expedite uninstall`, and contain nothing else.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { NodeStatus } from "../../api/priority-node.ts";
import { releaseAnnotation } from "../../core/labels.ts";
import { type ClusterObject, connect } from "../../kube/cluster.ts";
import { uninstallRules } from "../../kube/rbac.ts";
import { apiVersionOf, collectionPath, nameOf, objectPath, type Resource, resources } from "../../kube/resources.ts";
import { findInstalled, uninstallSteps } from "./uninstall.ts";

const installation = { "app.kubernetes.io/name": "expedite" };
const agent = { ...installation, "app.kubernetes.io/component": "agent" };

const object = (resource: Resource, namespace: string | undefined, labels: Readonly<Record<string, string>>) => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  metadata: { name: "default", ...(namespace === undefined ? {} : { namespace }), labels },
});

/** One of everything that uninstall removes. */
const stored: readonly ClusterObject[] = [
  ...[resources.envoyFilters, resources.destinationRules].map((kind) =>
    object(kind, "shop", { "app.kubernetes.io/managed-by": "expedite" }),
  ),
  ...[resources.deployments, resources.services, resources.serviceAccounts].map((kind) =>
    object(kind, "istio-system", installation),
  ),
  ...[resources.roles, resources.roleBindings].map((kind) => object(kind, "istio-system", installation)),
  { ...object(resources.leases, "istio-system", {}), metadata: { name: "expedite", namespace: "istio-system" } },
  ...[resources.clusterRoles, resources.clusterRoleBindings].map((kind) => object(kind, undefined, installation)),
  object(resources.daemonSets, "agents", agent),
  object(resources.namespaces, undefined, agent),
  object(resources.priorityNodes, undefined, {}),
  object(resources.ladders, undefined, {}),
];

/** `list envoyfilters.networking.istio.io`, and in an installation's namespace with ` in istio-system`. */
const requests = new Set<string>();
const gone = new Set<string>();
/** What the agent of the node has confirmed. */
let release: string | undefined;

const nodeStatus = (observedRelease: string | undefined): NodeStatus => ({
  ...{ isRemoved: true, ...(observedRelease === undefined ? {} : { observedRelease }) },
  ...{ activeLinks: 0, inactiveLinks: 0, markedPods: 0, inactivePods: 0 },
  ...{ links: [], pods: [], problems: [] },
});

function answer(method: string, path: string, body: string): unknown {
  const isOf = (resource: Resource): boolean =>
    stored.some((one) => one.kind === resource.kind && objectPath(one) === path) ||
    ["", "istio-system", "shop", "agents"].some((namespace) => collectionPath(resource, namespace) === path);
  const resource = Object.values<Resource>(resources).find(isOf);
  assert.ok(resource !== undefined, `${method} ${path}`);
  const verb = { GET: "list", DELETE: "delete", PATCH: "patch" }[method];
  requests.add(`${verb} ${nameOf(resource)}${path.includes("/namespaces/istio-system/") ? " in istio-system" : ""}`);
  if (method === "DELETE") gone.add(path);
  if (method === "PATCH" && resource === resources.ladders)
    release = JSON.parse(body).metadata.annotations[releaseAnnotation] ?? release;
  const { kind } = resource;
  const items = stored
    .filter((one) => one.kind === kind && !gone.has(objectPath(one)))
    .map((one) => (resource === resources.priorityNodes ? { ...one, status: nodeStatus(release) } : one));
  return method === "GET" ? { metadata: {}, items } : {};
}

const folder = mkdtempSync(join(tmpdir(), "rights-"));
const kubeconfig = join(folder, "kubeconfig");
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => {
    body += part;
  });
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer(request.method!, request.url!.split("?")[0]!, body)));
  });
});
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const cluster = { name: "c", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } };
  const context = { name: "c", context: { cluster: "c", user: "u" } };
  const parts = { clusters: [cluster], users: [{ name: "u", user: {} }], contexts: [context] };
  writeFileSync(kubeconfig, JSON.stringify({ "current-context": "c", ...parts }));
});
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

test("each request is allowed, and each right is used", async () => {
  const cluster = connect({ kubeconfig });
  const found = await findInstalled(cluster, "istio-system");
  for (const { title, run } of uninstallSteps(cluster, found, false)) {
    // It needs an istiod and proxies; its only requests are a list of pods and a forwarded port.
    if (title.startsWith("Wait for the proxies")) await cluster.list(resources.pods);
    else await run();
  }
  const rights = (isInstallOnly: boolean): readonly string[] =>
    uninstallRules(isInstallOnly).flatMap(({ apiGroups: [group = ""], resources: [plural = ""], verbs }) =>
      verbs.map((verb) => `${verb} ${group === "" ? plural : `${plural}.${group}`}`),
    );
  const everywhere = rights(false);
  const here = rights(true).filter((right) => !right.endsWith(" pods/portforward"));
  const used = new Set<string>();
  for (const request of requests) {
    const [right = "", isHere] = request.split(" in ");
    const isAllowed = everywhere.includes(right) || (isHere !== undefined && here.includes(right));
    assert.ok(isAllowed, request);
    used.add(right);
  }
  assert.deepEqual(
    [...everywhere, ...here].filter((right) => !used.has(right)),
    [],
  );
});
