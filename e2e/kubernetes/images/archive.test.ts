// The same root folder gives the same archive, whatever its owner, times and umask, and tar(1) reads it as intended.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeImage } from "./archive.ts";

const folder = mkdtempSync(join(tmpdir(), "archive-"));
after(() => rmSync(folder, { recursive: true }));

const config = { name: "expedite.local/app:1", entrypoint: ["/program"], user: "1000:1000" };
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

const archive = (name: string): string => join(folder, `${name}.tar`);
const tar = (...args: string[]): string => execFileSync("tar", args, { encoding: "utf8" });

test("the same content gives the same bytes", () => {
  writeImage(makeRoot("one", false), config, archive("one"));
  writeImage(makeRoot("two", true), config, archive("two"));
  assert.ok(readFileSync(archive("one")).equals(readFileSync(archive("two"))));
});

test("different content, mode or configuration gives different bytes", () => {
  const root = makeRoot("three", false);
  const write = (): string => {
    writeImage(root, config, archive("three"));
    return createHash("sha256")
      .update(readFileSync(archive("three")))
      .digest("hex");
  };
  const seen = [write()];
  chmodSync(join(root, "program"), 0o644);
  seen.push(write());
  writeFileSync(join(root, "etc/passwd"), "y".repeat(513));
  seen.push(write());
  writeImage(root, { ...config, user: "0:0" }, archive("three"));
  seen.push(
    createHash("sha256")
      .update(readFileSync(archive("three")))
      .digest("hex"),
  );
  assert.equal(new Set(seen).size, 4);
});

test("tar reads a manifest, a configuration with the layer's checksum, and a layer of files owned by root", () => {
  assert.equal(tar("-tf", archive("one")), "layer.tar\nconfig.json\nmanifest.json\n");
  tar("-xf", archive("one"), "-C", folder);
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  assert.deepEqual(read("manifest.json"), [
    { Config: "config.json", RepoTags: ["expedite.local/app:1"], Layers: ["layer.tar"] },
  ]);
  const sum = createHash("sha256")
    .update(readFileSync(join(folder, "layer.tar")))
    .digest("hex");
  assert.deepEqual(read("config.json").rootfs.diff_ids, [`sha256:${sum}`]);
  assert.deepEqual(read("config.json").config.Entrypoint, ["/program"]);
  assert.equal(read("config.json").config.User, "1000:1000");
  const layer = tar("--numeric-owner", "--full-time", "--utc", "-tvf", join(folder, "layer.tar")).split("\n");
  const line = (path: string): string =>
    layer.find((one) => one.includes(` 1970-01-01 00:00:00 ${path}`))!.replace(/ +/g, " ");
  assert.equal(line("program"), "-rwxr-xr-x 0/0 10 1970-01-01 00:00:00 program");
  assert.equal(line("etc/passwd"), "-rw-r--r-- 0/0 513 1970-01-01 00:00:00 etc/passwd");
  assert.equal(line("tmp/"), "drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/");
  assert.equal(line("link"), "lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 link -> program");
  assert.equal(line(deep), `-rw-r--r-- 0/0 0 1970-01-01 00:00:00 ${deep}`);
});

test("a file that an image can't contain is refused by name", () => {
  const root = makeRoot("four", false);
  execFileSync("mkfifo", [join(root, "pipe")]);
  assert.throws(() => writeImage(root, config, archive("four")), /four\/pipe is not a file, folder or symlink/);
  rmSync(join(root, "pipe"));
  writeFileSync(join(root, "n".repeat(101)), "");
  assert.throws(() => writeImage(root, config, archive("four")), /too long for a ustar archive: at most 100 bytes/);
});
