// The generated CRDs in a real API server: it accepts them and what the lab applies, and refuses wrong values with a message that names
// field and remedy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startCluster } from "../kubernetes/cluster.ts";
import { served } from "../kubernetes/ready.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { waitUntil } from "../process/wait.ts";
import { inCluster } from "./suite.ts";

const file = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const kinds = ["priorityladders", "prioritypolicies", "prioritynodes", "requestqueues"];
const ladder = file("e2e/lab/priority-ladder.yaml");
const policy = file("e2e/lab/priority-policy.yaml");

/** An edit that makes the file invalid, and the API server's answer to it. */
const wrong: readonly (readonly [name: string, file: string, from: string, to: string, said: RegExp])[] = [
  ["another name", ladder, "name: default", "name: other", /there is only one PriorityLadder; name it default/],
  [
    "no such level",
    ladder,
    "defaultLevel: interactive",
    "defaultLevel: bulk",
    /spec\.defaultLevel: .*one of the levels/,
  ],
  ["no DSCP", ladder, "dscp: CS1", "dscp: CS99", /spec\.levels\[1\]\.dscp: Unsupported value: "CS99"/],
  ["unmarked", ladder, "dscp: CS1", "dscp: DF", /spec\.levels: .*allowed: DF only for the default level/],
  ["shares", ladder, "minShare: 5%", "minShare: 100%", /spec\.levels: .*allowed: at most 100% in total/],
  ["no share", ladder, "minShare: 5%", "minShare: some", /spec\.levels\[1\]\.minShare/],
  ["no labels", ladder, "scope: Pod", "scope: Node", /spec\.links\[0\]: .*nodeSelector is required for scope Node/],
  ["a name twice", ladder, "name: batch", "name: interactive", /spec\.levels\[1\]: Duplicate value/],
  ["a header in use", ladder, "mode: Enforce", "header: cookie", /spec\.header: .*already has a meaning/],
  ["no mode", ladder, "mode: Enforce", "mode: Maybe", /spec\.mode: Unsupported value: "Maybe"/],
  ["no such field", ladder, "mode: Enforce", "mood: Enforce", /unknown field \\?"spec\.mood/],
  [
    "two operators",
    policy,
    "prefix: /export",
    "prefix: /export\n          exact: /x",
    /match\.path: .*exactly one of: exact,/,
  ],
  [
    "no operator",
    policy,
    "prefix: /export",
    "not: true",
    /match\.path: .*needs exactly one of: exact, prefix, glob, any/,
  ],
  ["no path", policy, "prefix: /export", "prefix: export", /spec\.rules\[0\]\.match\.path\.prefix: .*"export"/],
  ["no level", policy, "level: batch", "level: Batch", /spec\.rules\[0\]\.level: .*"Batch"/],
  ["an upper-case header", ladder, "mode: Enforce", "header: X-Priority", /spec\.header: .*X-Priority/],
  [
    "no correlator",
    ladder,
    "mode: Enforce",
    "correlateBy: [x-foo]",
    /spec\.correlateBy\[0\]: Unsupported value: "x-foo"/,
  ],
  [
    "correlators twice",
    ladder,
    "mode: Enforce",
    "correlateBy: [b3, b3]",
    /spec\.correlateBy\[1\]: Duplicate value: "b3"/,
  ],
  ["no correlators", ladder, "mode: Enforce", "correlateBy: []", /spec\.correlateBy: .*at least 1 items/],
  ["no boolean", ladder, "scope: Pod", "scope: Pod\n      force: sometimes", /spec\.links\[0\]\.force: .*boolean/],
  ["no power of two", ladder, "mode: Enforce", "slotSets: 100", /spec\.slotSets: Unsupported value: 100/],
  [
    "a host without a namespace",
    ladder,
    "mode: Enforce",
    "levelClusters: { hosts: [ratings] }",
    /spec\.levelClusters\.hosts\[0\]: .*"ratings"/,
  ],
  [
    "no hosts",
    ladder,
    "mode: Enforce",
    "levelClusters: { hosts: [] }",
    /spec\.levelClusters\.hosts: .*at least 1 items/,
  ],
  ["nothing to read from", ladder, "mode: Enforce", "readFrom: []", /spec\.readFrom: .*at least 1 items/],
  ["a level source of no kind", ladder, "mode: Enforce", "readFrom: [{}]", /spec\.readFrom/],
  ["nowhere to write to", ladder, "mode: Enforce", "writeTo: {}", /spec\.writeTo\.tracestate: Required value/],
  [
    "no congestion control",
    ladder,
    "dscp: CS1",
    "congestionControl: fast",
    /congestionControl: Unsupported value: "fast"/,
  ],
  ["no scope", ladder, "scope: Pod", "scope: Rack", /spec\.links\[0\]\.scope: Unsupported value: "Rack"/],
  [
    "tunnels of a pod",
    ladder,
    "scope: Pod",
    "scope: Pod\n      markTunnels: true",
    /spec\.links\[0\]: .*markTunnels does not belong to scope Pod/,
  ],
  ["no device", ladder, "scope: Pod", "scope: Pod\n      device: not/one", /spec\.links\[0\]\.device/],
  [
    "no levels",
    ladder,
    /levels:[\s\S]*/.exec(ladder)![0],
    "levels: []\n  defaultLevel: interactive\n",
    /spec\.levels: .*at least 1 items/,
  ],
  [
    "no targets",
    policy,
    /targetRefs:[\s\S]*?name: bookinfo/.exec(policy)![0],
    "targetRefs: []",
    /spec\.targetRefs: .*at least 1 items/,
  ],
  ["a rule's name in capitals", policy, "name: exports", "name: Exports", /spec\.rules\[0\]\.name: .*"Exports"/],
  ["no default level", policy, "trust: Always", "defaultLevel: Very_High", /spec\.defaultLevel: .*"Very_High"/],
  ["no such field of a policy", policy, "trust: Always", "priority: 1", /unknown field \\?"spec\.priority/],
  ["no trust", policy, "trust: Always", "trust: Sometimes", /spec\.trust: Unsupported value: "Sometimes"/],
];

describe("the CRDs", inCluster, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ nodes: 0 });
    for (const name of kinds) await cluster.kubectl(["apply", "-f", "-"], file(`manifests/crd/${name}.yaml`));
    await served(cluster.kubectl, kinds);
    await cluster.kubectl(["create", "namespace", "bookinfo"]);
  });
  after(() => cluster?.stop());

  test("the lab's objects are accepted, and listed by their short names", async () => {
    await cluster.kubectl(["apply", "-f", "-"], `${ladder}\n---\n${policy}`);
    assert.match(await cluster.kubectl(["get", "ladder"]), /NAME +MODE +ACCEPTED +ENFORCED +AGE\ndefault +Enforce/);
    assert.match(await cluster.kubectl(["get", "prio", "-A"]), /bookinfo +bookinfo/);
  });

  test("the report of a node is accepted, and listed by its short name", async () => {
    await cluster.kubectl(
      ["apply", "-f", "-"],
      "apiVersion: expedite.dev/v1alpha1\nkind: PriorityNode\nmetadata: { name: n1 }\n",
    );
    assert.match(await cluster.kubectl(["get", "prionode"]), /^NAME +[\s\S]*\nn1 /);
  });

  test("kubectl explain shows the text of the reference", async () => {
    // The API server publishes a kind's schema some time after it serves the kind.
    await waitUntil({ what: "both kinds have a schema", seconds: 30 }, async () => {
      assert.match(
        await cluster.kubectl(["explain", "ladder.spec.mode"]),
        /ENUM:\s+Disabled\s+Observe\s+Enforce\s+Off/,
      );
      assert.match(await cluster.kubectl(["explain", "prio.spec.rules.match.path"]), /The path without the query/);
      return true;
    });
  });

  for (const [name, text, from, to, said] of wrong)
    test(`refused: ${name}`, async () => {
      assert.ok(text.includes(from));
      await assert.rejects(cluster.kubectl(["apply", "-f", "-"], text.replace(from, to)), said);
    });
});
