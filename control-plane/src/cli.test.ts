// The command as a process: its exit codes, and where output and errors go. (docs/reference checks its help.)
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "yaml";

const folder = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(folder, { recursive: true }));

const input = join(import.meta.dirname, "../testdata/each-link-has-its-rate/input.yaml");

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

function expedite(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(import.meta.dirname, "cli.ts"), ...args], { encoding: "utf8" });
}

test("wrong usage ends with 2 and says what is allowed", () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["render", "-f", input, "-o", folder], /required option '--target <target>'/],
    [["render", "-f", input, "-o", folder, "--target", "linkerd"], /Allowed choices are envoy, istio, node/],
    [["rendr"], /unknown command 'rendr'/],
    [["node", "apply", "-f", input, "--force"], /unknown option '--force'/],
  ];
  for (const [args, message] of wrong) {
    const { status, stdout, stderr } = expedite(...args);
    assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
  }
});

test("render prints the files and warns on stderr; --json has both", () => {
  const output = join(folder, "out");
  const { status, stdout, stderr } = expedite("render", "-f", input, "--target", "node", "-o", output);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^warning: .*spec\.links\[1\]\.selector: .* \(LinkInactive\)\n$/);
  assert.deepEqual(
    stdout.trim().split("\n").sort(),
    readdirSync(output).map((file) => join(output, file)),
  );
  const json = expedite("render", "-f", input, "--target", "node", "-o", output, "--json");
  assert.deepEqual(JSON.parse(json.stdout).files.sort(), stdout.trim().split("\n").sort());
  assert.equal(JSON.parse(json.stdout).warnings.length, 1);
  assert.equal(JSON.parse(readFileSync(join(output, "web.shop.web-1.json"), "utf8")).rate, 100_000_000);
});

test("files without anything to configure are no error, and are said to be so", () => {
  const { status, stdout } = expedite("render", "-f", input, "--target", "istio", "-o", join(folder, "none"));
  assert.deepEqual([status, stdout], [0, "There is nothing to write.\n"]);
});

test("the istio target writes what the controller would write", () => {
  const behaviour = join(import.meta.dirname, "../testdata/enrolled-namespaces-choose-by-level");
  const output = join(folder, "istio");
  const { status, stderr } = expedite("render", "-f", join(behaviour, "input.yaml"), "--target", "istio", "-o", output);
  assert.equal(status, 0, stderr);
  const golden = readdirSync(join(behaviour, "istio")).map((file) => file.replace(".json", ".yaml"));
  assert.deepEqual(readdirSync(output).sort(), golden.sort());
  const routes = readFileSync(join(output, "shop.EnvoyFilter.expedite-routes-edge.yaml"), "utf8");
  assert.match(routes, /^apiVersion: networking\.istio\.io\/v1alpha3\nkind: EnvoyFilter\n/);
  assert.deepEqual(parse(routes), readJson(join(behaviour, "istio/shop.EnvoyFilter.expedite-routes-edge.json")));
  const filter = readFileSync(join(output, "jobs.EnvoyFilter.expedite-filter.yaml"), "utf8");
  assert.match(filter, /inline_bytes: AGFzbQ[\w+/=]{10000,}\n/);
});

test("policies as printed by kubectl get are accepted: the status that the controller wrote is ignored", () => {
  const file = join(folder, "with-status.yaml");
  const status = "status: { conditions: [{ type: Accepted, status: 'True' }] }";
  writeFileSync(
    file,
    readFileSync(input, "utf8").replace("kind: PriorityLadder\n", `kind: PriorityLadder\n${status}\n`),
  );
  const output = join(folder, "with-status");
  const { status: code, stderr } = expedite("render", "-f", file, "--target", "node", "-o", output);
  assert.equal(code, 0, stderr);
});

test("if the module refuses a configuration, the object is named and nothing is written", () => {
  const behaviour = join(import.meta.dirname, "../testdata/enrolled-namespaces-choose-by-level/input.yaml");
  const module = join(folder, "empty.wasm");
  writeFileSync(module, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const output = join(folder, "refused");
  const args = ["render", "-f", behaviour, "--target", "istio", "-o", output, "--filter", module];
  const { status, stdout, stderr } = expedite(...args);
  assert.deepEqual([status, stdout, existsSync(output)], [1, "", false]);
  assert.match(stderr, /^error: jobs\.EnvoyFilter\.expedite-filter: the filter refuses its configuration: /);
});

test("the envoy target warns of peers that can't be verified", () => {
  const { status, stderr } = expedite(
    "render",
    "-f",
    input,
    "--target",
    "envoy",
    "-o",
    join(folder, "envoy"),
    "--filter",
    input,
  );
  assert.equal(status, 0, stderr);
  assert.match(
    stderr,
    /^warning: trust is Mesh at shop\/web-1, shop\/web-2, and proxies rendered here have no mutual TLS/m,
  );
});

test("a missing filter, an invalid program and an invalid namespace end with 1 and one line", () => {
  const bad: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ["render", "-f", input, "--target", "envoy", "-o", join(folder, "no"), "--filter", "/no/filter.wasm"],
      /^error: --filter: \/no\/filter\.wasm does not exist; build it with: npm run build\n$/,
    ],
    [["node", "apply", "-f", "/no/program.json"], /^error: \/no\/program\.json: is not a node program: ENOENT.*\n$/],
    [["node", "show", "-f", input], /^error: .*input\.yaml: is not a node program: Unexpected token.*\n$/],
    [
      ["node", "remove", "--netns", "xp-never"],
      /^error: --netns: "xp-never" is no network namespace; there are: .*\n$/,
    ],
    [["node", "remove", "--netns", "../../proc/1/ns/net"], /^error: --netns: .* is no network namespace/],
  ];
  for (const [args, message] of bad) {
    const { status, stdout, stderr } = expedite(...args);
    assert.deepEqual([status, stdout], [1, ""], args.join(" "));
    assert.match(stderr, message);
  }
});
