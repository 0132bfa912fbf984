// Compiles the filter to filter/dist/filter.wasm; build.mjs itself skips this if the module is newer than its sources.
import { statSync } from "node:fs";
import { join } from "node:path";
import { run, step } from "./step.mjs";

export async function buildFilter(root, node) {
  const module = join(root, "filter/dist/filter.wasm");
  const built = () => statSync(module, { throwIfNoEntry: false })?.mtimeMs;
  const before = built();
  await step("filter.wasm", async () => {
    await run(node, [join(root, "filter/build.mjs")], { cwd: root });
    return built() !== before;
  });
  return module;
}
