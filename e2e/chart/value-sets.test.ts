// What linters of Kubernetes objects ask for holds for every set of values: limits, probes, no rights that a container does not need, pinned
// images, selectors that select, no label by which a GitOps tool would take our objects for its own.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Rendered, render, withoutHelm } from "./helm.ts";
import { valueSets } from "./value-sets.ts";

const nameOf = ({ kind, metadata: { namespace = "", name } }: Rendered): string => `${kind} ${namespace}/${name}`;
const isWorkload = ({ kind }: Rendered): boolean => ["Deployment", "DaemonSet", "Job"].includes(kind);

function assertWorkload(object: Rendered): void {
  const name = nameOf(object);
  const { metadata, spec } = object.spec.template;
  const [container, ...others] = spec.containers;
  assert.deepEqual(others, [], name);
  assert.match(container.image, /(:\d+\.\d+\.\d+|@sha256:[0-9a-f]+)$/, name);
  assert.ok(container.resources.requests.cpu && container.resources.limits.memory, `${name} has requests and limits`);
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities, privileged } = container.securityContext;
  assert.deepEqual([allowPrivilegeEscalation, readOnlyRootFilesystem, privileged], [false, true, undefined], name);
  assert.deepEqual(capabilities.drop, ["ALL"], name);
  assert.equal(spec.securityContext.seccompProfile.type, "RuntimeDefault", name);
  assert.equal(metadata.labels["sidecar.istio.io/inject"], "false", name);
  if (object.kind === "Job") return;
  assert.ok(container.readinessProbe !== undefined && container.livenessProbe !== undefined, `${name} has probes`);
  for (const [label, value] of Object.entries(object.spec.selector.matchLabels))
    assert.equal(metadata.labels[label], value, name);
}

suite("sets of values", { skip: withoutHelm }, () => {
  for (const [what, args] of Object.entries(valueSets))
    test(`the chart ${what}`, async () => {
      const objects = await render(...args);
      const names = objects.map(nameOf);
      assert.equal(new Set(names).size, names.length, "no object is there twice");
      for (const object of objects) {
        const { labels = {}, annotations = {} } = object.metadata;
        assert.equal(labels["app.kubernetes.io/instance"], undefined, nameOf(object));
        assert.equal(annotations["argocd.argoproj.io/tracking-id"], undefined, nameOf(object));
        assert.match(labels["app.kubernetes.io/name"] ?? "expedite", /^expedite/, nameOf(object));
      }
      for (const object of objects.filter(isWorkload)) assertWorkload(object);
      // Roles grant what they name, and nothing by a wildcard.
      for (const { kind, rules = [] } of objects.filter(({ kind }) => kind.endsWith("Role")))
        assert.ok(
          !JSON.stringify(rules.map(({ verbs, resources }: Rendered) => [verbs, resources])).includes('"*"'),
          kind,
        );
    });
});
