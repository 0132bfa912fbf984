// kube-score finds in the chart, with every set of values, exactly what docs/operations/validators.md has a reason for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repository } from "../../release/bundle.ts";
import { objectsOf, template, withoutHelm } from "./helm.ts";
import { findings, withoutKubeScore } from "./kube-score.ts";
import { valueSets } from "./value-sets.ts";

/** Kinds by check. */
const accepted: Readonly<Record<string, readonly string[]>> = {
  "container-ephemeral-storage-request-and-limit": ["DaemonSet", "Deployment", "Job"],
  "container-image-pull-policy": ["DaemonSet", "Deployment", "Job"],
  "container-resources": ["Deployment"],
  "container-security-context-user-group-id": ["DaemonSet", "Deployment", "Job"],
  "deployment-has-host-podantiaffinity": ["Deployment"],
  "deployment-replicas": ["Deployment"],
  "pod-networkpolicy": ["DaemonSet", "Deployment", "Job"],
};
const known = Object.entries(accepted).flatMap(([id, kinds]) => kinds.map((kind) => `${id}: ${kind}`));

suite("kube-score", { skip: withoutKubeScore || withoutHelm }, () => {
  const all = new Set<string>();
  for (const [what, args] of [["with the default values", []] as const, ...Object.entries(valueSets)])
    test(`the chart ${what}`, async () => {
      const found = await findings(await template(...args, "--set", "renderMode=alwaysRender"));
      for (const finding of found) all.add(finding);
      assert.deepEqual(
        found.filter((finding) => !known.includes(finding)),
        [],
      );
    });

  test("nothing is accepted that is not found any more", () => {
    assert.deepEqual([...all].sort(), known.sort());
  });

  test("the page has a reason for each", () => {
    const page = readFileSync(join(repository, "docs/operations/validators.md"), "utf8");
    for (const id of Object.keys(accepted)) assert.ok(page.includes(`| \`${id}\` |`), id);
  });

  test("an image without a version and a writable file system are found", async () => {
    const deployment = objectsOf(await template("--show-only", "templates/controller.yaml")).find(
      ({ kind }) => kind === "Deployment",
    )!;
    const [container] = deployment.spec.template.spec.containers;
    Object.assign(container, { image: "expedite:latest", securityContext: {} });
    const found = (await findings(JSON.stringify(deployment))).filter((finding) => !known.includes(finding));
    assert.deepEqual(found, [
      "container-image-tag: Deployment",
      "container-security-context-readonlyrootfilesystem: Deployment",
    ]);
  });
});
