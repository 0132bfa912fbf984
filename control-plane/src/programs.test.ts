// Starts the image's programs from a copy with only the declared production dependencies, because an import that is not declared is missing
// only in the image.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

const repository = join(import.meta.dirname, "../..");
const copy = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(copy, { recursive: true }));

const sources = globSync(["control-plane/src/**/*.ts", "filter/{config,host}/**/*.ts"], { cwd: repository }).filter(
  (file) => !file.endsWith(".test.ts"),
);
for (const file of [...sources, "filter/dist/filter.wasm", "filter/package.json", "control-plane/package.json"])
  cpSync(join(repository, file), join(copy, file));

/** Not part of the image, which contains what it compiled. */
const compiler = "assemblyscript";

for (const workspace of ["control-plane", "filter"]) {
  const { dependencies } = JSON.parse(readFileSync(join(repository, workspace, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies).filter((one) => one !== compiler)) {
    const link = join(copy, workspace, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(name === "@expedite/filter" ? join(copy, "filter") : installed(name, workspace), link);
  }
}

function installed(name: string, workspace: string): string {
  const places = [join(repository, workspace), repository].map((folder) => join(folder, "node_modules", name));
  const found = places.find((place) => existsSync(place));
  assert.ok(found !== undefined, `${name}, which ${workspace} declares, is not installed`);
  return found;
}

const run = (...args: readonly string[]): Promise<{ stdout: string }> => promisify(execFile)(process.execPath, args);

test("the controller starts", async () => {
  const { stdout } = await run(join(copy, "control-plane/src/main.ts"), "--help");
  assert.match(stdout, /^Usage: expedite-controller/);
});

test("the agent starts", async () => {
  const { stdout } = await run(join(copy, "control-plane/src/agent.ts"), "--help");
  assert.match(stdout, /^Usage: expedite-agent/);
});

const verbs = ["render", "explain", "status", "diff", "uninstall", "node", "node apply", "node observe", "node remove"];
for (const verb of ["", ...verbs])
  test(`expedite ${verb} --help`, async () => {
    const { stdout } = await run(join(copy, "control-plane/src/cli.ts"), ...verb.split(" ").filter(Boolean), "--help");
    assert.match(stdout, new RegExp(`^Usage: expedite ${verb}`));
  });

test("every module loads, including those that a verb loads only when it runs", async () => {
  const modules = sources.filter(
    (file) => file.startsWith("control-plane/") && !/src\/(main|agent|cli)\.ts$/.test(file),
  );
  assert.ok(modules.length > 100);
  const script = join(copy, "load.mjs");
  writeFileSync(script, modules.map((file) => `import "./${file}";\n`).join(""));
  await run(script);
});
