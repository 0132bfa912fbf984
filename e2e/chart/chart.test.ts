// The chart, rendered by the real helm: by default the objects of the manifests, and what each value changes. UPDATE_GOLDEN=1 writes the
// add-on.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { repository } from "../../release/bundle.ts";
import { chartFolder } from "../../release/chart/chart.ts";
import { helm, objectsOf, type Rendered, render, template, withoutHelm } from "./helm.ts";

const manifests = join(repository, "manifests");
const addOn = join(manifests, "addon/expedite.yaml");

/** `Deployment istio-system/expedite` */
const nameOf = ({ kind, metadata: { namespace = "", name } }: Rendered): string => `${kind} ${namespace}/${name}`;
const byName = (objects: readonly Rendered[]): Readonly<Record<string, Rendered>> =>
  Object.fromEntries(objects.map((object) => [nameOf(object), object]));

const find = (objects: readonly Rendered[], name: string): Rendered => {
  const found = objects.find((object) => nameOf(object) === name);
  assert.ok(found !== undefined, `${name} among ${objects.map(nameOf).join(", ")}`);
  return found;
};
const controllerOf = (objects: readonly Rendered[]): Rendered => find(objects, "Deployment istio-system/expedite");
const agentOf = (objects: readonly Rendered[]): Rendered => find(objects, "DaemonSet expedite-agent/expedite-agent");

/** Of the chart alone: Helm is not to remove the kinds. */
function withoutPolicy({ metadata: { annotations, ...metadata }, ...object }: Rendered): Rendered {
  assert.deepEqual(annotations, { "helm.sh/resource-policy": "keep" });
  return { ...object, metadata } as Rendered;
}

suite("chart", { skip: withoutHelm }, () => {
  test("the default values render the objects of the manifests, and nothing else", async () => {
    const files = ["agent-rbac.yaml", "agent.yaml", "controller.yaml", "rbac.yaml"];
    const definitions = readdirSync(join(manifests, "crd")).map((file) => `crd/${file}`);
    const expected = [...files, ...definitions].flatMap((file) =>
      objectsOf(readFileSync(join(manifests, file), "utf8")),
    );
    const rendered = (await render("--no-hooks")).map((object) =>
      object.kind === "CustomResourceDefinition" ? withoutPolicy(object) : object,
    );
    assert.deepEqual(byName(rendered), byName(expected));
    assert.equal(rendered.length, expected.length);
  });

  test("the add-on is what the chart renders", async () => {
    const text = await template("--no-hooks");
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(dirname(addOn), { recursive: true });
      writeFileSync(addOn, text);
    }
    assert.equal(readFileSync(addOn, "utf8"), text);
  });

  test("an object that users or the controller write does not come from the chart", async () => {
    const kinds = new Set((await render()).map(({ kind }) => kind));
    for (const kind of [
      ...["PriorityLadder", "PriorityPolicy", "RequestQueue", "PriorityNode"],
      ...["EnvoyFilter", "DestinationRule"],
    ])
      assert.ok(!kinds.has(kind), kind);
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ["controler.replicas=2", /additional properties 'controler' not allowed/],
    ["controller.replica=2", /additional properties 'replica' not allowed/],
    ["controller.replicas=two", /\/controller\/replicas.*\n?.*got string, want integer/],
    ["controller.image.digest=abc", /\/controller\/image\/digest.*\n?.*does not match pattern '\^\(sha256:/],
    ["controller.image.repository=", /\/controller\/image\/repository.*\n?.*minLength/],
    ["controller.resources.limts.memory=1Gi", /additional properties 'limts' not allowed/],
    ["agent.tolerations[0].opertor=Exists", /additional properties 'opertor' not allowed/],
    ["controller.affinity.podAntiAfinity.a=1", /additional properties 'podAntiAfinity' not allowed/],
    ["controller.extraEnv[0].name=A,controller.extraEnv[0].vlaue=b", /additional properties 'vlaue' not allowed/],
    ["controller.topologySpreadConstraints[0].maxSkw=1", /additional properties 'maxSkw' not allowed/],
    ["imagePullSecrets[0].nme=pull", /additional properties 'nme' not allowed/],
    ["agent.maxUnavailable=ten", /\/agent\/maxUnavailable/],
    ["monitoring.interval=30x", /\/monitoring\/interval/],
    ["controller.networkPolicy.apiServerPorts[0]=70000", /maximum: got 70,?000, want 65,?535/],
    ["agent.namespace.name=istio-system", /is istio-system, which is not the agents' alone.*create to false/],
    ["istioNamespace=mesh,agent.namespace.name=mesh", /is mesh, which is not the agents' alone/],
    ["agent.image.pullPolicy=Sometimes", /pullPolicy.*\n?.*'Always', 'IfNotPresent', 'Never'/],
  ];
  for (const [setting, message] of refused)
    test(`${setting} is refused`, async () => {
      await assert.rejects(template("--set", setting), message);
    });

  test("a chart that contains this one may have a condition and global values", async () => {
    await template("--set", "enabled=true,global.anything.else=1");
  });

  test("before an uninstall, a Job with its own account runs the command for a limited time", async () => {
    const hooks = (await render()).filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] !== undefined);
    const names = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Job"];
    assert.deepEqual(hooks.map(({ kind }) => kind).sort(), names.sort());
    for (const { kind, metadata } of hooks) {
      assert.equal(metadata.annotations?.["helm.sh/hook"], "pre-delete");
      assert.equal(metadata.annotations?.["helm.sh/hook-delete-policy"], "before-hook-creation,hook-succeeded");
      assert.equal(metadata.annotations?.["helm.sh/hook-weight"], kind === "Job" ? "0" : "-10");
      // By this label the command finds what it removes.
      assert.notEqual(metadata.labels?.["app.kubernetes.io/name"], "expedite");
    }
    const { spec } = find(hooks, "Job istio-system/expedite-uninstall");
    assert.deepEqual([spec.activeDeadlineSeconds, spec.backoffLimit], [280, 0]);
    const { serviceAccountName, containers } = spec.template.spec;
    assert.equal(serviceAccountName, "expedite-uninstall");
    assert.deepEqual(containers[0].args, ["uninstall", "--yes", "--namespace", "istio-system"]);
    for (const [role, binding] of [
      ["ClusterRole /expedite-uninstall", "ClusterRoleBinding /expedite-uninstall"],
      ["Role istio-system/expedite-uninstall", "RoleBinding istio-system/expedite-uninstall"],
    ] as const) {
      const { kind, rules } = find(hooks, role);
      assert.ok(rules.length > 2);
      const { roleRef, subjects } = find(hooks, binding);
      assert.deepEqual([roleRef.kind, roleRef.name], [kind, "expedite-uninstall"]);
      assert.deepEqual(subjects, [{ kind: "ServiceAccount", name: "expedite-uninstall", namespace: "istio-system" }]);
    }
    assert.deepEqual(
      (await render("--set", "uninstallHook.enabled=false")).filter(({ kind }) => kind === "Job"),
      [],
    );
  });

  test("the kinds can stay away, or go with the release", async () => {
    const kind = "CustomResourceDefinition";
    const without = await render("--set", "crds.enabled=false");
    assert.ok(!without.some((object) => object.kind === kind));
    const going = (await render("--set", "crds.keep=false")).filter((object) => object.kind === kind);
    assert.equal(going.length, readdirSync(join(manifests, "crd")).length);
    for (const { metadata } of going) assert.equal(metadata.annotations, undefined);
  });

  test("images by tag, by digest, and with credentials", async () => {
    const tagged = await render("--set-string", "controller.image.tag=2,agent.image.repository=mirror/agent");
    assert.equal(controllerOf(tagged).spec.template.spec.containers[0].image, "expedite.local/expedite:2");
    assert.match(agentOf(tagged).spec.template.spec.containers[0].image, /^mirror\/agent:\d/);
    const sha256 = `sha256:${"0".repeat(64)}`;
    const digest = await render("--set", `controller.image.digest=${sha256},imagePullSecrets[0].name=pull`);
    for (const object of [controllerOf(digest), find(digest, "Job istio-system/expedite-uninstall")]) {
      const { containers, imagePullSecrets } = object.spec.template.spec;
      assert.equal(containers[0].image, `expedite.local/expedite@${sha256}`);
      assert.deepEqual(imagePullSecrets, [{ name: "pull" }]);
    }
  });

  test("on OpenShift no user is chosen, and the agents may use its SCC", async () => {
    for (const args of [
      ["--set", "openshift=always"],
      ["--api-versions", "security.openshift.io/v1"],
    ]) {
      const objects = await render(...args);
      for (const object of [controllerOf(objects), find(objects, "Job istio-system/expedite-uninstall")])
        assert.deepEqual(object.spec.template.spec.securityContext, {
          runAsNonRoot: true,
          seccompProfile: { type: "RuntimeDefault" },
        });
      const { rules } = find(objects, "Role expedite-agent/expedite-agent-scc");
      assert.deepEqual(rules[0].resourceNames, ["privileged"]);
    }
  });

  test("other namespaces reach every reference", async () => {
    const text = await helm(
      ...["template", "expedite", chartFolder, "--namespace", "mesh", "--set", "istioNamespace=istio-other"],
      ...["--set", "agent.namespace.name=nodes"],
    );
    assert.doesNotMatch(text, /namespace: (istio-system|expedite-agent)$/m);
    const container = find(objectsOf(text), "Deployment mesh/expedite").spec.template.spec.containers[0];
    assert.ok(container.env.some(({ value }: { readonly value?: string }) => value === "istio-other"));
    const existing = await render("--set", "agent.namespace.create=false");
    assert.ok(!existing.some(({ kind }) => kind === "Namespace"));
  });

  test("without agents, nothing of theirs is rendered", async () => {
    const objects = await render("--set", "agent.enabled=false,agent.resourceQuota.enabled=true,openshift=always");
    assert.deepEqual(objects.filter(({ metadata }) => metadata.name.includes("agent")).map(nameOf), []);
  });

  test("two replicas, spread, with a budget, a policy, and everything a pod may have", async () => {
    const values = join(mkdtempSync(join(tmpdir(), "values-")), "values.yaml");
    const pod = {
      podLabels: { team: "mesh" },
      podAnnotations: { note: "1" },
      nodeSelector: { pool: "infra" },
      affinity: { nodeAffinity: {} },
      extraEnv: [{ name: "NODE_EXTRA_CA_CERTS", value: "/ca" }],
      serviceAccountAnnotations: { role: "none" },
      tolerations: [{ key: "infra", operator: "Exists" }],
      priorityClassName: "high",
    };
    const controller = {
      ...pod,
      ...{ replicas: 2, podDisruptionBudget: { enabled: true }, networkPolicy: { enabled: true } },
      topologySpreadConstraints: [{ maxSkew: 1 }],
    };
    writeFileSync(values, JSON.stringify({ controller, agent: { ...pod, resourceQuota: { enabled: true } } }));
    const objects = await render("--values", values);
    for (const { spec } of [controllerOf(objects), agentOf(objects)]) {
      const { metadata, spec: rendered } = spec.template;
      assert.equal(metadata.labels.team, "mesh");
      assert.equal(metadata.annotations.note, "1");
      assert.equal(rendered.nodeSelector.pool, "infra");
      assert.deepEqual([rendered.affinity, rendered.tolerations], [pod.affinity, pod.tolerations]);
      assert.equal(rendered.priorityClassName, "high");
      assert.deepEqual(rendered.containers[0].env.at(-1), pod.extraEnv[0]);
    }
    for (const name of ["ServiceAccount istio-system/expedite", "ServiceAccount expedite-agent/expedite-agent"])
      assert.deepEqual(find(objects, name).metadata.annotations, pod.serviceAccountAnnotations);
    assert.equal(controllerOf(objects).spec.replicas, 2);
    assert.deepEqual(controllerOf(objects).spec.template.spec.topologySpreadConstraints, [{ maxSkew: 1 }]);
    const selector = controllerOf(objects).spec.selector;
    assert.deepEqual(find(objects, "PodDisruptionBudget istio-system/expedite").spec.selector, selector);
    assert.deepEqual(find(objects, "NetworkPolicy istio-system/expedite").spec.podSelector, selector);
    assert.ok(objects.some(({ kind }) => kind === "ResourceQuota"));
  });

  test("the notes show the next commands, and warn of another namespace than istiod's", async () => {
    const notes = await helm(
      ...["install", "expedite", chartFolder, "--namespace", "elsewhere", "--dry-run=client"],
      ...["--set", "istioNamespace=istio-system"],
    );
    assert.match(notes, /kind: PriorityPolicy/);
    assert.match(notes, /WARNING: the controller is in elsewhere and istiod in istio-system/);
  });

  test("the package is far below the limit of a release", async () => {
    const folder = mkdtempSync(join(tmpdir(), "chart-"));
    await helm("package", chartFolder, "--destination", folder);
    const [file] = readdirSync(folder);
    // A release is a Secret of at most 1 MiB, with the chart and the rendered manifests in it.
    assert.ok(statSync(join(folder, file!)).size < 100_000);
  });
});
