// The shipped images: the same twice, with programs that start in nothing but the image, and licences; the manifests and the Containerfile
// name what they are.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { repository } from "../bundle.ts";
import { missingPrograms } from "./agent.ts";
import { packagesOf } from "./debian.ts";
import { entriesOf, layerOf } from "./layer.ts";
import { RootFolder } from "./root-folder.ts";
import { type Image, shipped } from "./shipped.ts";

const folder = mkdtempSync(join(tmpdir(), "shipped-"));
after(() => rmSync(folder, { recursive: true }));

const read = (file: string): string => readFileSync(join(repository, file), "utf8");

async function fill({ fill }: Image, name: string): Promise<string> {
  const root = new RootFolder(mkdtempSync(join(folder, `${name}-`)));
  await fill(root);
  root.copyrights();
  return root.path;
}

function digestOf(root: string): string {
  const hash = createHash("sha256");
  for (const bytes of layerOf(entriesOf(root))) hash.update(bytes);
  return hash.digest("hex");
}

const missing = missingPrograms();
const skip =
  missing.length > 0 && `the agent's image can't be made here, because these are not installed: ${missing.join(", ")}`;

// It contains everything of the controller's.
let root = "";
before(async () => {
  if (skip === false) root = await fill(shipped.agent, "agent");
});

const inImage = (...command: readonly string[]): string =>
  execFileSync("chroot", [root, ...command], { encoding: "utf8", env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin" } });

test("the same sources give the same bits", { skip }, async () => {
  const other = await fill(shipped.agent, "again");
  assert.equal(digestOf(other), digestOf(root));
  rmSync(other, { recursive: true });
});

for (const { entrypoint, name } of Object.values(shipped))
  test(`${name} starts`, { skip }, () => {
    assert.match(inImage(...entrypoint, "--help"), /^Usage: expedite-(controller|agent) /);
  });

test("the agent's programs start", { skip }, () => {
  for (const program of ["ip", "ss", "tc"]) assert.match(inImage(program, "-V"), /iproute2/);
  assert.match(inImage("bpftool", "version"), /^bpftool v/);
  for (const program of ["nft", "nsenter", "readlink"])
    assert.match(inImage(program, "--version"), new RegExp(program));
  assert.equal(inImage("sh", "-c", "echo yes"), "yes\n");
});

test("only the agent is root, and neither contains a package manager or a setuid program", { skip }, () => {
  assert.deepEqual([shipped.controller.user, "user" in shipped.agent], ["65532:65532", false]);
  assert.ok(!existsSync(join(root, "usr/bin/apt")));
  for (const { path, mode } of entriesOf(root)) assert.ok([0o644, 0o755, 0o777, 0o1777].includes(mode), path);
});

test("it has the licences of Node, of the packages and of Debian's programs", { skip }, (t) => {
  assert.match(readFileSync(join(root, "usr/share/doc/node/LICENSE"), "utf8"), /^Node\.js is licensed/);
  assert.match(readFileSync(join(root, "app/NOTICES"), "utf8"), /^fastify /m);
  if (packagesOf(["/bin/sh"]).length === 0)
    return t.skip("this machine has no dpkg, which knows the packages of programs");
  const packages = readFileSync(join(root, "usr/share/doc/packages"), "utf8");
  assert.ok(existsSync(join(root, "usr/share/doc/bpftool/copyright")));
  for (const name of ["coreutils", "iproute2", "libc6", "nftables", "util-linux"]) {
    assert.match(packages, new RegExp(`^${name} \\d`, "m"));
    assert.ok(existsSync(join(root, `usr/share/doc/${name}/copyright`)), name);
  }
});

// UPDATE_GOLDEN=1 writes the version into them.
test("the manifests name the images", () => {
  for (const [file, { name }] of [
    ["manifests/controller.yaml", shipped.controller],
    ["manifests/agent.yaml", shipped.agent],
  ] as const) {
    const text = read(file).replace(/(^ +image: ).*$/m, `$1${name}`);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(join(repository, file), text);
    const objects = parseAllDocuments(read(file)).map((document) => document.toJS());
    const images = objects.flatMap(({ spec }) =>
      (spec?.template?.spec.containers ?? []).map(({ image }: { readonly image: string }) => image),
    );
    assert.deepEqual(images, [name]);
  }
});

test("the Containerfile starts the same programs, as the same users, with the same Node", () => {
  const { node } = JSON.parse(read("package.json")).devDependencies as { readonly node: string };
  const [, controller = "", agent = ""] = read("release/images/Containerfile").split(/^FROM /m);
  for (const [stage, { entrypoint, ...image }] of [
    [controller, shipped.controller],
    [agent, shipped.agent],
  ] as const) {
    assert.ok(stage.startsWith(`node:${node}-`), stage);
    assert.deepEqual(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(stage)![1]!), entrypoint);
    assert.equal(/^USER (.*)$/m.exec(stage)?.[1], "user" in image ? image.user : undefined);
  }
});
