// manifests/controller.yaml and the samples agree with the code: variables exist, ports are served, kinds parse.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments, parseDocument } from "yaml";
import { parse } from "../api/parse.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { priorityPolicy } from "../api/priority-policy.ts";
import { managedBy } from "../core/labels.ts";
import { permission } from "../http/debug.ts";
import { readSettings } from "./settings.ts";

const folder = join(import.meta.dirname, "../../../manifests");
const text = readFileSync(join(folder, "controller.yaml"), "utf8");
const documents = parseAllDocuments(text).map((document) => document.toJS({ maxAliasCount: 0 }));
const [deployment, service, role] = documents;
const template = deployment.spec.template;
const [container] = template.spec.containers;

test("its variables are the controller's own", () => {
  const variables = (container.env as { name: string }[]).map(({ name }) => name);
  for (const name of variables.filter((entry) => !["NODE_OPTIONS", "MALLOC_ARENA_MAX"].includes(entry))) {
    const flag = `--${name.replace("EXPEDITE_", "").toLowerCase().replaceAll("_", "-")}`;
    assert.doesNotThrow(() => readSettings([flag, "info"]), name);
  }
});

test("Service, probes and scraper use the port that it listens on", () => {
  const { port } = readSettings([]);
  assert.deepEqual(container.ports, [{ name: "http", containerPort: port }]);
  assert.equal(service.spec.ports[0].targetPort, "http");
  assert.equal(container.livenessProbe.httpGet.port, "http");
  assert.equal(container.readinessProbe.httpGet.port, "http");
  assert.equal(template.metadata.annotations["prometheus.io/port"], String(port));
  assert.deepEqual(service.spec.selector, deployment.spec.selector.matchLabels);
});

test("the pod has no rights on its node", () => {
  assert.equal(template.spec.securityContext.runAsNonRoot, true);
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("the controller does not mistake its installation's objects for those that it wrote into the mesh", () => {
  const [label] = Object.keys(managedBy);
  for (const { metadata } of documents) assert.equal(metadata.labels[label!], undefined);
});

test("the role for readers covers what the debug API requires", () => {
  const [pattern] = role.rules[0].nonResourceURLs as string[];
  assert.ok(permission("plan").startsWith(pattern!.replace("*", "")));
});

const sample = (file: string): unknown => parseDocument(readFileSync(join(folder, "samples", file), "utf8")).toJS();

test("the samples are well formed", () => {
  assert.deepEqual(Object.keys(parse(priorityLadder, sample("ladder.yaml"))), ["value"]);
  assert.deepEqual(Object.keys(parse(priorityPolicy, sample("bookinfo.yaml"))), ["value"]);
});
