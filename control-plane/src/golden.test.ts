// Each folder of testdata is one behaviour: input.yaml, the plan and the verdicts; and if the folder exists, what is rendered from it. A
// comment in the input, "# expedite … --cluster-domain corp.local", has options for facts that no file contains.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reasons } from "./api/reasons.ts";
import { readDocuments } from "./files/documents.ts";
import { loadSnapshot } from "./files/snapshot.ts";
import { renderEnvoy } from "./render/envoy/bootstrap.ts";
import { moduleOf } from "./render/istio/filter.ts";
import { renderIstio } from "./render/istio/render.ts";
import { renderNode } from "./render/node/render.ts";
import { translate, translateForEnvoy } from "./translate/translate.ts";

const testdata = join(import.meta.dirname, "../testdata");
const update = process.env.UPDATE_GOLDEN === "1";

/** Four bytes, because a behaviour's objects should be readable. */
const module = moduleOf(new Uint8Array([0, 0x61, 0x73, 0x6d]));

/** Contents by path within the behaviour's folder. */
function outputs(folder: string): Map<string, string> {
  const input = join(folder, "input.yaml");
  const [, clusterDomain] = /^# expedite .*--cluster-domain (\S+)/m.exec(readFileSync(input, "utf8")) ?? [];
  const loaded = loadSnapshot(readDocuments([input]), { clusterDomain });
  assert.ok(!("problems" in loaded), "problems" in loaded ? loaded.problems.join("\n") : "");
  const { plan, verdicts: forEnvoy } = translateForEnvoy(loaded.snapshot);
  const inMesh = translate(loaded.snapshot).verdicts;
  const verdicts = [...inMesh, ...forEnvoy.filter(({ reason }) => reason === "RefNotFound")];
  const lines = verdicts.map((verdict) => `${verdict.reason}: ${loaded.describe(verdict)}`.replace(`${folder}/`, ""));
  const files = new Map([
    ["plan.json", json(plan)],
    ["verdicts.txt", lines.map((line) => `${line}\n`).join("")],
  ]);
  if (existsSync(join(folder, "envoy")))
    for (const { name, bootstrap } of renderEnvoy(plan, "/etc/expedite/filter.wasm"))
      files.set(`envoy/${name}.json`, json(bootstrap));
  if (existsSync(join(folder, "istio")))
    for (const manifest of renderIstio(plan, module))
      files.set(`istio/${manifest.metadata.namespace}.${manifest.kind}.${manifest.metadata.name}.json`, json(manifest));
  if (existsSync(join(folder, "node")))
    for (const { name, program } of renderNode(plan)) files.set(`node/${name}.json`, json(program));
  return files;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function goldenFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "input.yaml")
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

for (const behaviour of readdirSync(testdata).sort()) {
  test(behaviour.replaceAll("-", " "), () => {
    const folder = join(testdata, behaviour);
    const made = outputs(folder);
    if (update) {
      for (const file of goldenFiles(folder)) rmSync(join(folder, file));
      for (const [file, content] of made) writeFileSync(join(folder, file), content);
    }
    assert.deepEqual(goldenFiles(folder).sort(), [...made.keys()].sort());
    for (const [file, content] of made) assert.equal(content, readFileSync(join(folder, file), "utf8"), file);
  });
}

/** Files with such mesh configs are refused (files/mesh-config.ts); translate/discovered.test.ts has it. */
const onlyInClusters = "MeshConfigsDiffer";

test("every reason occurs in a behaviour", () => {
  const lines = readdirSync(testdata).flatMap((behaviour) =>
    readFileSync(join(testdata, behaviour, "verdicts.txt"), "utf8").split("\n"),
  );
  const shown = new Set(lines.flatMap((line) => (line === "" ? [] : [line.split(":")[0]])));
  assert.deepEqual([...shown, onlyInClusters].sort(), Object.keys(reasons).sort());
});
