// The direction of imports: cli → commands → {files, node, commands/explain/explanation} → {translate, render} → core → api → the filter's contract, never back (the design's layers).
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { test } from "node:test";

/** What each layer may import beside itself. Builtins and packages are listed too: a pure layer has none of Node's. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["commands", "commander"],
  controller: [...["kube", "istiod", "http", "preflight", "reconcile", "render"], ...["commander", "pino", "node:"]],
  http: ["core", "node:stream", "fastify", "prom-client"],
  kube: ["reconcile", "core", "api", "node:", "zod", "@kubernetes/client-node"],
  istiod: ["reconcile", "core", "filter", "node:fs", "node:http", "node:timers/promises", "zod"],
  commands: [
    ...[
      "http",
      "kube",
      "istiod",
      "preflight",
      "files",
      "node",
      "commands/explain/explanation",
      "translate",
      "render",
      "core",
      "api",
    ],
    ...["commander", "listr2", "yaml", "zod", "node:"],
  ],
  "main.ts": ["controller", "core", "http", "kube", "reconcile", "commander"],
  preflight: ["core", "filter", "node:crypto"],
  reconcile: ["writes", "proxies", "status", "translate", "render", "core", "api", "filter", "node:"],
  writes: ["reconcile", "proxies", "render", "core", "api", "node:crypto"],
  proxies: ["render", "core", "reconcile", "filter"],
  status: ["reconcile", "proxies", "writes", "core", "api"],
  files: ["core", "api", "node:", "yaml", "zod"],
  agent: ["node", "translate", "render", "core", "api", "node:"],
  node: ["render", "core", "api", "node:"],
  "commands/explain/explanation": ["translate", "render", "core", "api", "filter", "node:util"],
  translate: ["core", "api", "filter"],
  render: ["core", "filter", "node:crypto", "node:net", "zod"],
  core: ["api", "filter", "node:crypto"],
  api: ["filter", "zod"],
};

const source = import.meta.dirname;

function layerOf(file: string): string {
  const path = relative(source, file).split(sep);
  const folder = path.slice(0, -1).join("/");
  return Object.hasOwn(allowed, folder) ? folder : path[0]!;
}

/** `api`, `node:net`, `zod`, `filter`: what an import statement reaches. */
function target(file: string, specifier: string): string {
  if (specifier.startsWith(".")) return layerOf(resolve(dirname(file), specifier));
  return /^@expedite\/filter\/(config|host)\//.test(specifier) ? "filter" : specifier;
}

const files = globSync(`${source}/**/*.ts`).filter((file) => !file.endsWith(".test.ts"));

test("every import goes down the layers", () => {
  assert.ok(files.length > 30);
  for (const file of files) {
    const layer = layerOf(file);
    const may = allowed[layer];
    assert.ok(may !== undefined, `${layer} is not a layer`);
    for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(
      /^(?:import|export)\b(?:[^;"]*\bfrom)? "([^"]+)";/gm,
    )) {
      const reached = target(file, specifier);
      const isAllowed =
        reached === layer || may.some((entry) => (entry === "node:" ? reached.startsWith(entry) : reached === entry));
      assert.ok(isAllowed, `${relative(source, file)} imports ${specifier}`);
    }
  }
});

test("every file begins with a sentence, has named exports only and at most 300 lines", () => {
  for (const file of files) {
    const text = readFileSync(file, "utf8").replace(/^#!.*\n/, "");
    assert.match(text, /^(\/\/ |\/\*\*)/, relative(source, file));
    assert.doesNotMatch(text, /export default/, relative(source, file));
    assert.ok(text.split("\n").length <= 300, relative(source, file));
  }
});
