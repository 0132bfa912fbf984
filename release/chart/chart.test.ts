// The generated files of manifests/chart match what they are made of; UPDATE_GOLDEN=1 rewrites them.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { chartFiles, chartFolder } from "./chart.ts";
import { templateOf } from "./holes.ts";
import { values } from "./values.ts";

for (const [path, text] of Object.entries(chartFiles()))
  test(`manifests/chart/${path} matches what it is made of`, () => {
    const file = join(chartFolder, path);
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(existsSync(file) ? readFileSync(file, "utf8") : "", text);
  });

test("values.yaml contains every value and its default", () => {
  assert.deepEqual(parse(chartFiles()["values.yaml"]!), values.parse({}));
});

test("every value is read by a template", () => {
  const templates = Object.entries(chartFiles()).filter(([path]) => path.startsWith("templates/"));
  const own = [
    "_helpers.tpl",
    "agent-options.yaml",
    "checks.yaml",
    "controller-options.yaml",
    "monitoring.yaml",
    "uninstall-hook.yaml",
  ].map((name) => readFileSync(join(chartFolder, "templates", name), "utf8"));
  const text = [...templates.map(([, content]) => content), ...own]
    .join("\n")
    .replaceAll("$monitoring.", ".Values.monitoring.");
  const leaves = (value: unknown, path: string): readonly string[] =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`))
      : [path];
  // Images are read through a helper, and resources as a whole.
  const paths = leaves(values.parse({}), ".Values").map((path) =>
    path.replace(/\.image\.(repository|tag|digest)$/, ".image").replace(/\.(resources|labels)\..*$/, ".$1"),
  );
  for (const path of new Set(paths))
    if (![".Values.global", ".Values.enabled"].includes(path)) assert.ok(text.includes(path), path);
});

test("a manifest that no longer has what a hole replaces is refused", () => {
  assert.throws(() => templateOf("replicas: 1\n", [{ find: /^image: /m, put: "" }]), /nothing that matches/);
  assert.throws(() => templateOf("message: '{{ x }}'\n", []), /Helm would evaluate/);
});
