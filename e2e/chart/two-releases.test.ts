// Two releases, each for a mesh of its own: what they share is what Helm refuses to take from the first one, and what is a release's alone
// has its namespace, so that a second one does not take the first one's rights.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repository } from "../../release/bundle.ts";
import { chartFolder } from "../../release/chart/chart.ts";
import { helm, objectsOf, type Rendered, withoutHelm } from "./helm.ts";

const definitions = readdirSync(join(repository, "manifests/crd")).sort();
const nameOf = ({ kind, metadata: { namespace = "", name } }: Rendered): string => `${kind} ${namespace}/${name}`;

async function release(name: string, namespace: string, agents: string): Promise<readonly Rendered[]> {
  const set = `agent.namespace.name=${agents},controller.podLabels.istio\\.io/rev=${name}`;
  return objectsOf(await helm("template", name, chartFolder, "--namespace", namespace, "--set", set));
}

suite("two releases", { skip: withoutHelm }, () => {
  test("they share the kinds and the cluster's roles, and nothing else", async () => {
    const [first, second] = await Promise.all([
      release("one", "istio-system", "expedite-agent"),
      release("two", "istio-two", "nodes-two"),
    ]);
    const names = new Set(first.map(nameOf));
    assert.deepEqual(
      second
        .map(nameOf)
        .filter((name) => names.has(name))
        .sort(),
      [
        "ClusterRole /expedite",
        "ClusterRole /expedite-agent",
        "ClusterRole /expedite-uninstall",
        "ClusterRole /expedite-viewer",
        "ClusterRoleBinding /expedite-agent",
        "ClusterRoleBinding /expedite-uninstall",
        ...definitions.map((file) => `CustomResourceDefinition /${file.replace(".yaml", ".expedite.dev")}`),
      ],
    );
  });

  for (const namespace of ["istio-system", "istio-two"])
    test(`in ${namespace} the controller has its rights, its Lease and istiod there`, async () => {
      const objects = await release("any", namespace, "nodes");
      const find = (name: string): Rendered => objects.find((object) => nameOf(object) === name)!;
      const subjects = [{ kind: "ServiceAccount", name: "expedite", namespace }];
      assert.deepEqual(find(`ClusterRoleBinding /expedite-${namespace}`).subjects, subjects);
      assert.deepEqual(find(`RoleBinding ${namespace}/expedite`).subjects, subjects);
      assert.ok(
        find(`Role ${namespace}/expedite`).rules.some(({ resources }: Rendered) => resources.includes("leases")),
      );
      const { env } = find(`Deployment ${namespace}/expedite`).spec.template.spec.containers[0];
      const variable = (name: string) => env.find((one: { readonly name: string }) => one.name === name);
      assert.equal(variable("EXPEDITE_ROOT_NAMESPACE").value, namespace);
      assert.equal(variable("EXPEDITE_NAMESPACE").valueFrom.fieldRef.fieldPath, "metadata.namespace");
    });
});
