// The same root folder gives the same archive, whatever its owner, times and umask, and tar(1) reads it as intended.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { type ArchiveOptions, platform, writeImage } from "./archive.ts";

const folder = mkdtempSync(join(tmpdir(), "archive-"));
after(() => rmSync(folder, { recursive: true }));

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const config = { name: "expedite.local/app:1", entrypoint: ["/program"], user: "1000:1000", labels: { a: "b" } };
const deep = `${"a-folder-of-some-length/".repeat(6)}file`;

/** Creates the same content in another order, at another time, with another umask. */
function makeRoot(name: string, other: boolean): string {
  const root = join(folder, name);
  const put = (path: string, text: string, mode: number): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), mode);
    if (other) utimesSync(join(root, path), 1, 1);
  };
  const steps = [
    () => put("program", "#!/bin/sh\n", other ? 0o700 : 0o775),
    () => put("etc/passwd", "x".repeat(513), other ? 0o600 : 0o664),
    () => put(deep, "", 0o644),
    () => symlinkSync("program", join(root, "link")),
  ];
  mkdirSync(join(root, "tmp"), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  for (const step of other ? steps.reverse() : steps) step();
  return root;
}

const write = async (root: string, name: string, options: Partial<ArchiveOptions> = {}): Promise<string> => {
  await writeImage({ root, image: config, file: archive(name), ...options });
  return sha256(readFileSync(archive(name)));
};
const archive = (name: string): string => join(folder, `${name}.tar`);
const tar = (...args: string[]): string => execFileSync("tar", args, { encoding: "utf8" });

for (const gzip of [false, true])
  test(`the same content gives the same bytes, ${gzip ? "compressed" : "as it is"}`, async () => {
    const name = `${gzip}`;
    const first = await write(makeRoot(`one-${name}`, false), name, { gzip });
    assert.equal(await write(makeRoot(`two-${name}`, true), `other-${name}`, { gzip }), first);
  });

test("different content, mode or configuration gives different bytes", async () => {
  const root = makeRoot("three", false);
  const seen = [await write(root, "three")];
  chmodSync(join(root, "program"), 0o644);
  seen.push(await write(root, "three"));
  writeFileSync(join(root, "etc/passwd"), "y".repeat(513));
  seen.push(await write(root, "three"));
  seen.push(await write(root, "three", { image: { ...config, user: "0:0" } }));
  assert.equal(new Set(seen).size, 4);
});

/** What an archive contains, by path; every blob has the name of its checksum. */
function contentOf(name: string): (path: string) => Buffer {
  const target = join(folder, `${name}-content`);
  mkdirSync(target);
  tar("-xf", archive(name), "-C", target);
  for (const blob of readdirSync(join(target, "blobs/sha256")))
    assert.equal(sha256(readFileSync(join(target, "blobs/sha256", blob))), blob);
  return (path) => readFileSync(join(target, path));
}

for (const gzip of [false, true])
  test(`the layout names a manifest, which names a configuration and a layer, ${gzip ? "compressed" : "as it is"}`, async () => {
    const name = `layout-${gzip}`;
    await write(makeRoot(`four-${gzip}`, false), name, { gzip });
    const content = contentOf(name);
    const json = (path: string) => JSON.parse(content(path).toString());
    const blob = ({ digest, size }: { readonly digest: string; readonly size: number }): Buffer => {
      const bytes = content(`blobs/${digest.replace(":", "/")}`);
      assert.equal(bytes.length, size);
      return bytes;
    };
    assert.deepEqual(json("oci-layout"), { imageLayoutVersion: "1.0.0" });
    const [first] = json("index.json").manifests;
    assert.deepEqual(first.platform, platform);
    assert.equal(first.annotations["io.containerd.image.name"], "expedite.local/app:1");
    assert.equal(first.annotations["org.opencontainers.image.ref.name"], "1");
    const manifest = JSON.parse(blob(first).toString());
    const configuration = JSON.parse(blob(manifest.config).toString());
    const stored = blob(manifest.layers[0]);
    assert.equal(manifest.layers[0].mediaType, `application/vnd.oci.image.layer.v1.tar${gzip ? "+gzip" : ""}`);
    const layer = gzip ? gunzipSync(stored) : stored;
    assert.deepEqual(configuration.rootfs.diff_ids, [`sha256:${sha256(layer)}`]);
    assert.deepEqual(configuration.config.Entrypoint, ["/program"]);
    assert.deepEqual([configuration.config.User, configuration.config.Labels], ["1000:1000", { a: "b" }]);
    const path = ({ digest }: { readonly digest: string }): string => `blobs/${digest.replace(":", "/")}`;
    assert.deepEqual(json("manifest.json"), [
      { Config: path(manifest.config), RepoTags: ["expedite.local/app:1"], Layers: [path(manifest.layers[0])] },
    ]);
  });

test("tar reads a layer of files that are root's", async () => {
  await write(makeRoot("five", false), "five");
  const content = contentOf("five");
  const [{ Layers }] = JSON.parse(content("manifest.json").toString());
  writeFileSync(join(folder, "layer.tar"), content(Layers[0]));
  const layer = tar("--numeric-owner", "--full-time", "--utc", "-tvf", join(folder, "layer.tar")).split("\n");
  const line = (path: string): string =>
    layer.find((one) => one.includes(` 1970-01-01 00:00:00 ${path}`))!.replace(/ +/g, " ");
  assert.equal(line("program"), "-rwxr-xr-x 0/0 10 1970-01-01 00:00:00 program");
  assert.equal(line("etc/passwd"), "-rw-r--r-- 0/0 513 1970-01-01 00:00:00 etc/passwd");
  assert.equal(line("tmp/"), "drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/");
  assert.equal(line("link"), "lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 link -> program");
  assert.equal(line(deep), `-rw-r--r-- 0/0 0 1970-01-01 00:00:00 ${deep}`);
});

test("a file that an image can't contain is refused by name, and leaves nothing", async () => {
  const root = makeRoot("six", false);
  execFileSync("mkfifo", [join(root, "pipe")]);
  await assert.rejects(write(root, "six"), /six\/pipe is not a file, folder or symlink/);
  rmSync(join(root, "pipe"));
  writeFileSync(join(root, "n".repeat(101)), "");
  await assert.rejects(write(root, "six"), /too long for a ustar archive: at most 100 bytes/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("six.")),
    [],
  );
});
