// What `npm ci` in a checkout says if the registry, a package or the disk fails, and that the next run goes on. The registry is the test's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "./step.mjs";

const folder = mkdtempSync(join(tmpdir(), "packages-"));
const archive = join(folder, "node-1.0.0.tgz");

/** A package named node, with a program that Node's package has too, and 8 MB of something else. */
mkdirSync(join(folder, "package/bin"), { recursive: true });
writeFileSync(join(folder, "package/package.json"), JSON.stringify({ name: "node", version: "1.0.0" }));
writeFileSync(join(folder, "package/bin/node"), "");
writeFileSync(join(folder, "package/rest"), randomBytes(8 << 20));
chmodSync(join(folder, "package/bin/node"), 0o755);
await run("tar", ["-czf", archive, "-C", folder, "package"]);
const right = readFileSync(archive);
const integrity = `sha512-${createHash("sha512").update(right).digest("base64")}`;

/** What the registry sends as the package. */
let body;
const server = createServer(({ url, headers }, response) => {
  if (url.endsWith(".tgz")) return response.end(body);
  const dist = { tarball: `http://${headers.host}/node/-/node-1.0.0.tgz`, integrity };
  return response.end(
    JSON.stringify({ name: "node", versions: { "1.0.0": { name: "node", version: "1.0.0", dist } } }),
  );
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const registry = `http://127.0.0.1:${server.address().port}`;
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const root = join(folder, "checkout");
function makeCheckout() {
  const manifest = { name: "checkout", version: "1.0.0", dependencies: { node: "1.0.0" } };
  const packages = { "": manifest, "node_modules/node": { version: "1.0.0", integrity } };
  writeFileSync(join(root, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ ...manifest, lockfileVersion: 3, packages }));
}
beforeEach(() => {
  body = right;
  mkdirSync(root);
});
afterEach(() => rmSync(root, { recursive: true }));

const program = `
import { installPackages } from ${JSON.stringify(fileURLToPath(new URL("packages.mjs", import.meta.url)))};
import { fail } from ${JSON.stringify(fileURLToPath(new URL("step.mjs", import.meta.url)))};
await installPackages(${JSON.stringify(root)}).catch(fail);`;

/** @returns what the installation says after its line of progress */
function install(address = registry) {
  const env = { ...process.env, npm_config_registry: address, npm_config_cache: join(folder, "cache") };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    // The registry here knows nothing of audits, and a machine's own settings may have switched them off.
    env: { ...env, npm_config_fetch_retries: "0", npm_config_update_notifier: "false", npm_config_audit: "true" },
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  return new Promise((done) => child.on("close", () => done(said.replace(/^. npm packages.*\n/, ""))));
}

async function assertInstalled() {
  assert.equal(await install(), "");
  assert.ok(existsSync(join(root, "node_modules/node/rest")));
}

test("a registry that can't be reached: one line, and the next run goes on", async () => {
  makeCheckout();
  assert.match(
    await install("http://127.0.0.1:1"),
    /^npm could not install the packages: request to http:\/\/127\.0\.0\.1:1\/node failed, reason: .*ECONNREFUSED.*\. Set npm_config_registry to a registry that answers, or https_proxy .*, and run the command again: it goes on from here\.\n$/,
  );
  await assertInstalled();
});

test("a package with another checksum: one line, nothing of it is installed, and the next run goes on", async () => {
  makeCheckout();
  body = Buffer.concat([right, Buffer.of(0)]);
  assert.match(
    await install(),
    /^npm could not install the packages: sha512-\S+ integrity checksum failed .* but got sha512-.*\. It is not the package that package-lock\.json pins\. Empty npm's cache .* run the command again: it goes on from here\.\n$/,
  );
  assert.ok(!existsSync(join(root, "node_modules/node/rest")));
  body = right;
  await assertInstalled();
});

test("a full disk: the reason and the way out, and with more room the next run goes on", async (t) => {
  const mount = ["-t", "tmpfs", "-o", "size=4m", "tmpfs", root];
  if (
    await run("mount", mount).then(
      () => false,
      () => true,
    )
  )
    return t.skip("mounting is not allowed here");
  try {
    makeCheckout();
    assert.match(
      await install(),
      /^npm could not install the packages: .*no space left on device.*\.\nThe disk is full\. Free some space and run the command again: it goes on from here\.\n$/,
    );
    await run("mount", ["-o", "remount,size=64m", "tmpfs", root]);
    await assertInstalled();
  } finally {
    await run("umount", [root]);
  }
});
