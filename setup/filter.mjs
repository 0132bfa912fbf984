// Compiles the filter to filter/dist/filter.wasm; build.mjs itself skips when nothing changed.
import { join } from "node:path";
import { run, step } from "./step.mjs";

export async function buildFilter(root, node) {
  const module = join(root, "filter/dist/filter.wasm");
  await step("filter.wasm", () => run(node, [join(root, "filter/build.mjs")], { cwd: root }));
  return module;
}
