// The messages when the setup cannot continue: the reason, what is allowed, and what to do.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const cases = [
  { name: "no command", args: [], env: {}, says: "usage: node setup/main.mjs lab|test|private" },
  { name: "an unknown command", args: ["labb"], env: {}, says: "usage: node setup/main.mjs lab|test|private" },
  {
    name: "--envoy without a version",
    args: ["test", "--envoy"],
    env: {},
    says: "--envoy needs a version, for example",
  },
  {
    name: "a version that is not pinned",
    args: ["test", "--envoy", "1.2.3"],
    env: { EXPEDITE_ENVOY: "" },
    says: 'Envoy version "1.2.3" is not pinned; allowed: 1.38.2, 1.38.3, 1.39.3, 1.40.0.',
  },
  {
    name: "a missing binary",
    args: ["test"],
    env: { EXPEDITE_ENVOY: "/nowhere/envoy" },
    says: 'EXPEDITE_ENVOY: there is no file "/nowhere/envoy".',
  },
  {
    name: "--kind without Docker",
    args: ["test:cluster", "--kind"],
    env: { PATH: "/nowhere" },
    says: "--kind: there is no program docker\nInstall Docker",
  },
  { name: "a machine without tc", args: ["test"], env: { PATH: "/nowhere" }, says: "Missing: unshare" },
];

for (const { name, args, env, says } of cases)
  test(`the setup refuses ${name}`, () => {
    const { status, stderr } = spawnSync(process.execPath, ["setup/main.mjs", ...args], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    assert.equal(status, 1);
    assert.ok(stderr.includes(says), stderr);
  });

test("the setup says what to do if the kernel refuses private namespaces", () => {
  const command = ["--bounding-set=-sys_admin", process.execPath, "setup/main.mjs", "test"];
  const { status, stderr } = spawnSync("setpriv", command, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^The kernel refuses private namespaces\.\n.*docker run --privileged/);
});

test("the setup refuses to install packages through a link, and leaves the link's target alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "setup-"));
  try {
    const [checkout, other] = [join(folder, "checkout"), join(folder, "other")];
    cpSync("setup", join(checkout, "setup"), { recursive: true });
    cpSync("package-lock.json", join(checkout, "package-lock.json"));
    mkdirSync(other);
    writeFileSync(join(other, "kept"), "");
    symlinkSync(other, join(checkout, "node_modules"));
    const { status, stderr } = spawnSync(process.execPath, [join(checkout, "setup/main.mjs"), "test"], {
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.match(stderr, /node_modules is a symbolic link, and npm ci would empty .*\/other.*rm node_modules/);
    assert.deepEqual(readdirSync(other), ["kept"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("package-lock.json lists every platform's packages and no address (npm run lock)", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const addressed = Object.values(packages).filter((entry) => /^https?:/.test(entry.resolved ?? ""));
  assert.deepEqual(addressed, []);
  for (const { optionalDependencies = {} } of Object.values(packages))
    for (const name of Object.keys(optionalDependencies))
      assert.ok(packages[`node_modules/${name}`], `${name} is missing`);
});
