// What is read of a mesh config, in the form that istiod 1.31 gives it, and what is known of it while istiods answer, differ or are silent.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { activeMeshConfigOf, defaultMeshConfig } from "../core/mesh-config.ts";
import { chooseMeshConfig } from "./choose-mesh-config.ts";
import type { Ask } from "./debug.ts";
import { watchMeshConfig } from "./watch-mesh-config.ts";

const answer = {
  proxyListenPort: 15_001,
  rootNamespace: "istio-config",
  trustDomain: "corp.example",
  trustDomainAliases: ["old.example", "corp.example", ""],
  defaultServiceExportTo: ["."],
  defaultVirtualServiceExportTo: ["*"],
  defaultDestinationRuleExportTo: [".", "istio-config"],
  defaultHttpRetryPolicy: { attempts: 0, retryOn: "connect-failure" },
};

test("a mesh's own facts are used, and Istio's defaults for the rest", () => {
  assert.deepEqual(activeMeshConfigOf(answer, { clusterDomain: "corp.local" }), {
    ...{ rootNamespace: "istio-config", trustDomains: ["corp.example", "old.example"], clusterDomain: "corp.local" },
    defaultExportTo: { service: ["."], virtualService: ["*"], destinationRule: [".", "istio-config"] },
    defaultRetries: { attempts: 0, retryOn: "connect-failure" },
  });
  assert.deepEqual(activeMeshConfigOf({ defaultServiceExportTo: [] }), defaultMeshConfig);
  assert.throws(() => activeMeshConfigOf("no mesh config"));
});

/** istiods by their address; undefined: it does not answer. */
function watched(context: TestContext, answers: Record<string, unknown>, clusterDomain?: string) {
  const said: string[] = [];
  const asked: string[] = [];
  let changes = 0;
  const ask: Ask = async (base, path) => {
    asked.push(path);
    if (answers[base] === undefined) throw new Error(`${base} is silent`);
    return answers[base];
  };
  const { facts, stop } = watchMeshConfig({
    istiods: () => Object.keys(answers).map((url) => ({ url, clusterDomain: "by.pod" })),
    ...{
      ask,
      defaults: { clusterDomain, istiodNamespace: "by-flag" },
      changed: () => changes++,
      warn: (text) => said.push(text),
    },
    times: { interval: 5, retry: 5, timeout: 40 },
  });
  context.after(stop);
  return { facts, said, asked, changes: () => changes };
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !isSo(); await sleep(5)) assert.ok(Date.now() < end, String(isSo));
}

test("nothing is guessed while no istiod answers: the facts become unknown after a while, and known with the first answer", async (context) => {
  const answers: Record<string, unknown> = { one: undefined };
  const { facts, said, asked } = watched(context, answers);
  assert.deepEqual(facts(), { revision: 0 });
  await until(() => facts().unknown !== undefined);
  assert.match(facts().unknown ?? "", /one is silent; nothing is changed until it answers$/);
  assert.equal(facts().config, undefined);
  assert.equal(said.length, 1, "said once");
  answers.one = answer;
  await until(() => facts().config !== undefined);
  assert.deepEqual(
    [facts().config, facts().unknown],
    [activeMeshConfigOf(answer, { clusterDomain: "by.pod", istiodNamespace: "by-flag" }), undefined],
  );
  assert.deepEqual(new Set(asked), new Set(["mesh"]));
});

test("a change gets a new revision; the last answer stays in use while no istiod answers", async (context) => {
  const answers: Record<string, unknown> = { one: answer };
  const { facts, changes } = watched(context, answers, "by.flag");
  await until(() => facts().config !== undefined);
  assert.equal(facts().config?.clusterDomain, "by.flag");
  const before = facts();
  const told = changes();
  await sleep(30);
  assert.deepEqual([facts(), changes()], [before, told]);
  answers.one = undefined;
  await sleep(60);
  assert.deepEqual(facts(), before);
  answers.one = { ...answer, trustDomain: "other.example" };
  await until(() => facts().config?.trustDomains[0] === "other.example");
  assert.ok(facts().revision > before.revision);
});

test("istiods that differ are named, and the previous facts stay in use", async (context) => {
  const answers: Record<string, unknown> = { two: answer };
  const { facts, said } = watched(context, answers);
  await until(() => facts().config !== undefined);
  answers.one = { ...answer, rootNamespace: "other" };
  await until(() => said.some((text) => text.startsWith("istiod pods differ in their mesh config")));
  assert.equal(facts().config?.rootNamespace, "istio-config");
  await until(() => facts().config?.disagreements !== undefined);
  assert.deepEqual(facts().config?.disagreements, ["rootNamespace"]);
  delete answers.two;
  await until(() => facts().config?.rootNamespace === "other");
  assert.equal(facts().config?.disagreements, undefined);
});

test("of several mesh configs, the one in use stays; otherwise most istiods decide, in whatever order they are", () => {
  const of = (trustDomain: string) => activeMeshConfigOf({ ...answer, trustDomain }, { clusterDomain: "corp.local" });
  const [a, b, c] = [of("a.example"), of("b.example"), of("c.example")];
  const chosen = (found: readonly (typeof a)[], used?: typeof a) => chooseMeshConfig(found, used).trustDomains[0];
  for (const found of [
    [a, b, c, b],
    [b, b, c, a],
  ])
    assert.deepEqual(
      [chosen(found), chosen(found, { ...c, disagreements: ["rootNamespace"] }), chosen(found, of("gone.example"))],
      ["b.example", "c.example", "b.example"],
    );
  assert.deepEqual([chosen([b, a]), chosen([a, b])], ["a.example", "a.example"]);
  assert.deepEqual(chooseMeshConfig([b, a]).disagreements, ["trustDomain and trustDomainAliases"]);
});

test("discoverySelectors are read, and all of them ignored if one is invalid, as istiod does", () => {
  const selector = { matchLabels: { mesh: "a" } };
  const wrong = { matchExpressions: [{ key: "mesh", operator: "Is", values: ["a"] }] };
  const of = (...discoverySelectors: readonly object[]) =>
    activeMeshConfigOf({ discoverySelectors }).discoverySelectors;
  assert.deepEqual(of(selector), [{ ...selector, matchExpressions: [] }]);
  assert.deepEqual([of(), of(selector, wrong)], [undefined, undefined]);
});

test("the flag's namespace is the root namespace if the mesh config has none", async (context) => {
  const { rootNamespace: _, ...without } = answer;
  const answers: Record<string, unknown> = { one: without };
  const { facts } = watched(context, answers);
  await until(() => facts().config !== undefined);
  assert.equal(facts().config?.rootNamespace, "by-flag");
  answers.one = answer;
  await until(() => facts().config?.rootNamespace === "istio-config");
});

test("without an istiod pod, the reason names the namespace and the way out", async (context) => {
  const { said } = watched(context, {});
  await until(() => said.length > 0);
  assert.match(said[0]!, /no istiod pod is ready in by-flag\. Install Istio 1\.30 .* EXPEDITE_ROOT_NAMESPACE/);
});
