// Krew itself installs the command from the files of a release: from an index as users do, and from the files alone as before a publication. Then kubectl
// runs it as `kubectl expedite`, and krew removes it.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { writeRelease } from "../../release/artefacts/artefacts.ts";
import { manifestOf } from "../../release/package/package.ts";
import { type User, userWithKrew, withoutKrew } from "./krew.ts";

suite("krew", { skip: withoutKrew }, () => {
  const folder = mkdtempSync(join(tmpdir(), "krew-"));
  const release = join(folder, "release");
  const manifest = join(release, "krew.yaml");
  let server: Server;
  let user: User;
  let archive: string;

  before(async () => {
    server = createServer((request, response) => response.end(readFileSync(join(release, request.url!))));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeRelease({ folder: release, url, images: false });
    archive = join(release, readdirSync(release).find((name) => /^kubectl-expedite-.*\.tar\.gz$/.test(name))!);
    const home = join(folder, "home");
    mkdirSync(home);
    user = await userWithKrew(home, manifest);
    await user.kubectl("krew", "update");
  });
  after(() => {
    server?.close();
    rmSync(folder, { recursive: true });
  });

  const installed = (): readonly string[] =>
    ["bin", "receipts", "store"].flatMap((name) => readdirSync(join(user.krewFolder, name)));

  /** As installed, and then without a trace. */
  async function worksAndGoes(): Promise<void> {
    const { version } = manifestOf();
    assert.equal(await user.kubectl("expedite", "--version"), `${version}\n`);
    assert.match(await user.kubectl("expedite", "--help"), /^Usage: kubectl expedite /);
    assert.match(await user.kubectl("plugin", "list"), /kubectl-expedite$/m);
    const [licences] = readdirSync(join(user.krewFolder, "store/expedite"));
    assert.equal(licences, `v${version}`);
    await user.kubectl("krew", "uninstall", "expedite");
    assert.deepEqual(installed(), []);
    await assert.rejects(user.kubectl("expedite", "--version"), /unknown command "expedite" for "kubectl"/);
  }

  test("finds it in an index, fetches the archive that the manifest names, and removes it", async () => {
    assert.match(
      await user.kubectl("krew", "search", "expedite"),
      /^expedite +Priority of requests in an Istio mesh +no$/m,
    );
    await user.kubectl("krew", "install", "expedite");
    assert.equal(await user.kubectl("krew", "list"), "expedite\n");
    await worksAndGoes();
  });

  test("installs it from the files of the release alone", async () => {
    await user.kubectl("krew", "install", `--manifest=${manifest}`, `--archive=${archive}`);
    await worksAndGoes();
  });

  test("refuses an archive that is not the one of the manifest", async () => {
    const other = join(folder, "other.yaml");
    writeFileSync(other, readFileSync(manifest, "utf8").replace(/sha256: .*/, `sha256: ${"f".repeat(64)}`));
    await assert.rejects(
      user.kubectl("krew", "install", `--manifest=${other}`, `--archive=${archive}`),
      /does not match/,
    );
    assert.deepEqual(installed(), []);
  });
});
