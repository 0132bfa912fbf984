// A release without its images, made twice: the same bytes, files that match their checksums, a plugin that kubectl would run, and SBOMs that
// name what is inside. release/images/shipped.test.ts has the images.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { repository } from "../bundle.ts";
import { manifestOf } from "../package/package.ts";
import { sha256, writeRelease } from "./artefacts.ts";

const folder = mkdtempSync(join(tmpdir(), "artefacts-"));
const release = join(folder, "first");
const { version } = manifestOf();
const url = "https://releases.example/v1";
const run = (program: string, ...args: readonly string[]) =>
  promisify(execFile)(program, args, { cwd: release, env: { PATH: process.env.PATH, HOME: folder } });

before(() => writeRelease({ folder: release, url, images: false }));
after(() => rmSync(folder, { recursive: true }));

const named = (pattern: RegExp): string => {
  const found = readdirSync(release).find((name) => pattern.test(name));
  assert.ok(found !== undefined, `${pattern} among ${readdirSync(release).join(" ")}`);
  return join(release, found);
};

test("the same sources give the same bytes", async () => {
  const again = join(folder, "second");
  await writeRelease({ folder: again, url, images: false });
  const sums = (place: string): string => readFileSync(join(place, "SHA256SUMS"), "utf8");
  assert.equal(sums(again), sums(release));
  rmSync(again, { recursive: true });
});

test("sha256sum agrees, and misses no file", async () => {
  const { stdout } = await run("sha256sum", "--check", "SHA256SUMS");
  assert.equal(stdout.trim().split("\n").length, readdirSync(release).length - 1);
});

test("krew's manifest names the archive, its checksum and a program in it that answers", async () => {
  const { metadata, spec } = parse(readFileSync(join(release, "krew.yaml"), "utf8"));
  assert.deepEqual([metadata.name, spec.version], ["expedite", `v${version}`]);
  const [{ uri, bin, files, sha256: sum }] = spec.platforms;
  assert.ok(uri.startsWith(`${url}/`));
  const archive = join(release, uri.slice(url.length + 1));
  assert.equal(await sha256(archive), sum);
  const installed = join(folder, "installed");
  mkdirSync(installed);
  await run("tar", "-xzf", archive, "-C", installed);
  assert.deepEqual(readdirSync(installed).sort(), files.map(({ from }: { readonly from: string }) => from).sort());
  // As kubectl runs it for `kubectl expedite`, without a Node in PATH.
  const plugin = (...args: readonly string[]) =>
    promisify(execFile)(join(installed, bin), args, { env: { HOME: folder } });
  assert.equal((await plugin("--version")).stdout, `${version}\n`);
  assert.match((await plugin("status", "--help")).stdout, /^Usage: kubectl expedite status/);
  const { stdout } = await plugin("explain", "-f", join(repository, "e2e/lab"), "--path", "/export/all");
  assert.match(stdout, /^GET localhost\/export\/all → batch\n/);
  const input = join(repository, "control-plane/testdata/enrolled-namespaces-choose-by-level/input.yaml");
  await plugin("render", "--target", "istio", "-f", input, "-o", join(folder, "rendered"));
  assert.ok(readdirSync(join(folder, "rendered")).length > 5);
  // The scavenger is not inside, and nothing else of `node` needs it.
  await assert.rejects(
    plugin("node", "load-scavenger"),
    /installed\/scavenger\/scavenger\.bpf\.o: is not there; the npm/,
  );
  await assert.rejects(plugin("node", "show", "-f", "absent"), /error: absent: is not a node program/);
  // Krew refuses an archive without a licence.
  assert.match(readFileSync(join(installed, "NOTICES"), "utf8"), /Node\.js is licensed/);
});

test("the chart's archive has what the chart has", async () => {
  const { stdout } = await run("tar", "-tzf", named(/^expedite-chart/));
  const paths = stdout.trim().split("\n");
  for (const path of ["Chart.yaml", "values.schema.json", "files/dashboard.json", "templates/NOTES.txt"])
    assert.ok(paths.includes(`expedite/${path}`), path);
  assert.ok(paths.includes("expedite/templates/_helpers.tpl"));
  assert.ok(statSync(named(/^expedite-chart/)).size < 100_000);
});

test("the add-on and the kinds are whole", () => {
  const kinds = (file: string): readonly string[] =>
    parseAllDocuments(readFileSync(file, "utf8")).flatMap((document) => document.toJS()?.kind ?? []);
  const files = readdirSync(join(repository, "manifests/crd"));
  assert.deepEqual(
    kinds(named(/^expedite-crds/)),
    files.map(() => "CustomResourceDefinition"),
  );
  assert.ok(kinds(named(/^expedite-addon/)).includes("Deployment"));
});

test("the SBOMs name the packages inside", () => {
  for (const pattern of [/^expedite-[\d.]+\.cdx\.json$/, /^kubectl-expedite.*\.cdx\.json$/]) {
    const { bomFormat, specVersion, components, metadata } = JSON.parse(readFileSync(named(pattern), "utf8"));
    assert.deepEqual([bomFormat, specVersion, metadata.component.version], ["CycloneDX", "1.6", version]);
    const zod = components.find(({ name }: { readonly name: string }) => name === "zod");
    assert.match(zod.purl, /^pkg:npm\/zod@\d/);
    assert.equal(zod.licenses[0].license?.id ?? zod.licenses[0].expression, "MIT");
    const hasNode = components.some(({ name }: { readonly name: string }) => name === "node");
    assert.equal(hasNode, pattern.source.includes("kubectl"));
  }
});
