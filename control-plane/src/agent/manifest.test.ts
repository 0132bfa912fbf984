// manifests/agent.yaml against the code: variables that exist, the port that is listened on, and no right more than what docs/operations/agent.md explains.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { agentComponent, managedBy } from "../core/labels.ts";
import { readSettings } from "./settings.ts";

const root = join(import.meta.dirname, "../../..");
const text = readFileSync(join(root, "manifests/agent.yaml"), "utf8");
const documents = parseAllDocuments(text).map((document) => document.toJS({ maxAliasCount: 0 }));
const [namespace, daemonSet] = documents;
const template = daemonSet.spec.template;
const [container] = template.spec.containers;

test("its variables are the agent's own", () => {
  const variables = (container.env as { name: string }[]).map(({ name }) => name);
  const ofTheRuntime = ["NODE_NAME", "NODE_OPTIONS", "MALLOC_ARENA_MAX"];
  for (const name of variables.filter((entry) => !ofTheRuntime.includes(entry))) {
    const flag = `--${name.replace("EXPEDITE_", "").toLowerCase().replaceAll("_", "-")}`;
    assert.doesNotThrow(() => readSettings(["--node", "n1", flag, "info"]), name);
  }
});

test("probes and scraper reach the port it listens on, and pods their namespaces", () => {
  const { port, namespaces } = readSettings(["--node", "n1"]);
  assert.deepEqual(container.ports, [{ name: "http", containerPort: port, hostPort: port }]);
  assert.equal(container.livenessProbe.httpGet.port, "http");
  assert.equal(container.readinessProbe.httpGet.port, "http");
  assert.equal(template.metadata.annotations["prometheus.io/port"], String(port));
  assert.deepEqual(container.volumeMounts[0], {
    name: "netns",
    mountPath: namespaces,
    mountPropagation: "HostToContainer",
  });
});

test("it has two capabilities, two folders and the node's network, and nothing else of the node", () => {
  const { hostNetwork, hostPID, hostIPC, volumes } = template.spec;
  assert.deepEqual([hostNetwork, hostPID, hostIPC], [true, undefined, undefined]);
  assert.deepEqual(
    volumes.map(({ hostPath }: { hostPath: { path: string } }) => hostPath.path),
    ["/run/netns", "/proc/sys/net"],
  );
  const { capabilities, privileged, readOnlyRootFilesystem, allowPrivilegeEscalation } = container.securityContext;
  assert.deepEqual(capabilities, { drop: ["ALL"], add: ["NET_ADMIN", "SYS_ADMIN"] });
  assert.deepEqual([privileged, readOnlyRootFilesystem, allowPrivilegeEscalation], [undefined, true, false]);
  const why = readFileSync(join(root, "docs/operations/agent.md"), "utf8");
  for (const right of [...capabilities.add, "hostNetwork", "/run/netns", "/proc/sys/net", "Unconfined"])
    assert.ok(why.includes(right), right);
});

test("its labels are those of the agent, and none of what the controller writes to the mesh", () => {
  assert.deepEqual(daemonSet.spec.selector.matchLabels, agentComponent);
  const [label] = Object.keys(managedBy);
  for (const { metadata } of documents) assert.equal(metadata.labels[label!], undefined);
  assert.equal(daemonSet.metadata.namespace, namespace.metadata.name);
});

test("it runs on every node, and an update takes few at a time", () => {
  assert.deepEqual(template.spec.tolerations, [{ operator: "Exists" }]);
  assert.deepEqual(daemonSet.spec.updateStrategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } });
});
