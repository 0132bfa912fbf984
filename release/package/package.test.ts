// The package, installed into an empty folder without a network, has programs that run as those of the sources do.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { programNames, repository } from "../bundle.ts";
import { manifestOf, packPackage, writePackage } from "./package.ts";

const folder = mkdtempSync(join(tmpdir(), "package-"));
const installed = join(folder, "installed");
after(() => rmSync(folder, { recursive: true }));

const { version } = manifestOf();

/** Runs a program in the folder with the package. npm has no cache and no network. */
const run = (program: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(program, args, {
    cwd: installed,
    env: {
      ...{ PATH: process.env.PATH, HOME: folder, npm_config_offline: "true", npm_config_cache: join(folder, "cache") },
      // npm has Node keep what it compiled.
      TMPDIR: folder,
    },
  });
const expedite = (...args: readonly string[]) => run("npx", "expedite", ...args);

async function packInto(name: string): Promise<string> {
  const content = join(folder, name);
  mkdirSync(content);
  await writePackage(content);
  return packPackage(content, join(folder, `${name}-packed`));
}

let archive = "";
before(async () => {
  archive = await packInto("first");
  mkdirSync(installed);
  await run("npm", "install", "--no-audit", "--no-fund", archive);
});

test("the same sources give the same bytes", async () => {
  assert.ok(readFileSync(archive).equals(readFileSync(await packInto("second"))));
});

test("nothing but the package is installed, and no script names a file of the machine that built it", () => {
  assert.deepEqual(
    readdirSync(join(installed, "node_modules")).filter((name) => !name.startsWith(".")),
    ["expedite"],
  );
  const lib = join(installed, "node_modules/expedite/lib");
  for (const script of readdirSync(lib))
    assert.ok(!readFileSync(join(lib, script), "utf8").includes(repository), script);
});

test("it has the scavenger with its source", () => {
  const names = readdirSync(join(installed, "node_modules/expedite/scavenger"));
  for (const name of ["LICENSE", "kernel.h", "scavenger.bpf.c", "scavenger.bpf.o"])
    assert.ok(names.includes(name), name);
});

test("it has the licences of what it contains", () => {
  const notices = readFileSync(join(installed, "node_modules/expedite/NOTICES"), "utf8");
  for (const name of ["assemblyscript", "fastify", "prom-client", "zod"])
    assert.match(notices, new RegExp(`^${name} [\\d.]+ \\((MIT|Apache-2\\.0)\\)$`, "m"));
});

test("expedite --version is that of package.json", async () => {
  assert.equal((await expedite("--version")).stdout, `${version}\n`);
});

test("an older Node is named, in place of what it lacks", async () => {
  const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.11.1" } })`;
  for (const program of programNames)
    await assert.rejects(
      run("node", "--import", `data:text/javascript,${older}`, `node_modules/expedite/lib/${program}.mjs`, "--help"),
      /\nerror: Expedite needs Node 22 or later, and this is v\d+\.\d+\.\d+\n$/,
    );
});

const verbs = [
  "render",
  "explain",
  "status",
  "diff",
  "uninstall",
  "node",
  "node apply",
  "node show",
  "node observe",
  "node remove",
];
test("every verb has its help", async () => {
  for (const verb of verbs) {
    const { stdout } = await expedite(...verb.split(" "), "--help");
    assert.match(stdout, new RegExp(`^Usage: expedite ${verb}`));
  }
});

test("render writes the same objects as the sources do, with the module of the package", async () => {
  const input = join(repository, "control-plane/testdata/enrolled-namespaces-choose-by-level/input.yaml");
  const args = (output: string) => ["render", "--target", "istio", "-f", input, "-o", join(folder, output)];
  await expedite(...args("of-package"));
  await run(process.execPath, join(repository, "control-plane/src/cli.ts"), ...args("of-sources"));
  const files = readdirSync(join(folder, "of-sources"));
  assert.ok(files.length > 5, files.join(" "));
  assert.deepEqual(readdirSync(join(folder, "of-package")), files);
  for (const file of files)
    assert.equal(
      readFileSync(join(folder, "of-package", file), "utf8"),
      readFileSync(join(folder, "of-sources", file), "utf8"),
    );
});

test("explain asks the module of the package", async () => {
  const { stdout } = await expedite("explain", "-f", join(repository, "e2e/lab"), "--path", "/export/all");
  assert.match(stdout, /^GET localhost\/export\/all → batch\n/);
});

for (const program of programNames.filter((name) => name !== "expedite"))
  test(`${program} --help`, async () => {
    const { stdout } = await run("npx", program, "--help");
    assert.match(stdout, new RegExp(`^Usage: ${program}`));
  });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  return port;
}

test("the controller answers its probe and its metrics, and stops on a signal, without an API server", async () => {
  const kubeconfig = join(folder, "kubeconfig");
  const [port, closed] = [await freePort(), await freePort()];
  const cluster = { server: `https://127.0.0.1:${closed}` };
  const context = { name: "c", context: { cluster: "c", user: "u" } };
  const parts = { clusters: [{ name: "c", cluster }], users: [{ name: "u", user: {} }], contexts: [context] };
  writeFileSync(kubeconfig, JSON.stringify({ "current-context": "c", ...parts }));
  const script = join(installed, "node_modules/expedite/lib/expedite-controller.mjs");
  const child = spawn(process.execPath, [script, "--port", `${port}`, "--kubeconfig", kubeconfig]);
  const ended = once(child, "close");
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  try {
    while ((await get("/healthz"))?.ok !== true) {
      assert.equal(child.exitCode, null, "it runs until it answers");
      await sleep(50);
    }
    const text = await (await get("/metrics"))!.text();
    assert.match(text, new RegExp(`expedite_build_info\\{version="${version.replaceAll(".", "\\.")}"\\} 1`));
  } finally {
    child.kill("SIGTERM");
  }
  assert.deepEqual(await ended, [0, null]);
});
