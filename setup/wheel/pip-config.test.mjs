// pip's settings, as pip itself reads them.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pipConfig } from "./pip-config.mjs";

const folder = mkdtempSync(join(tmpdir(), "pip-"));
after(() => rmSync(folder, { recursive: true }));

const file = (name, text) => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const addresses = (env) => pipConfig(env).indexes.map(({ url }) => url);

test("without any setting it is pip's default", () => {
  const [{ url, from }] = pipConfig({ PIP_CONFIG_FILE: "/dev/null" }).indexes;
  assert.equal(from, "pip's default");
  assert.match(url, /^https:\/\/[^/]+\/simple$/);
});

test("the environment wins, and is named as the setting", () => {
  const own = file("env.conf", "[global]\nindex-url = http://file/simple\n");
  const env = { PIP_CONFIG_FILE: own, PIP_INDEX_URL: "http://env/simple", PIP_EXTRA_INDEX_URL: "http://a/ http://b/" };
  assert.deepEqual(pipConfig(env).indexes, [
    { url: "http://env/simple", from: "PIP_INDEX_URL" },
    { url: "http://a/", from: "PIP_EXTRA_INDEX_URL" },
    { url: "http://b/", from: "PIP_EXTRA_INDEX_URL" },
  ]);
});

test("a file is read with its comments, spellings, sections and values of several lines", () => {
  const text = `# ours
[GLOBAL]
index-url = http://wrong/simple
[global]
Index_URL: http://global/simple
cert = ~/ca.pem
; more
extra-index-url =
    http://one/simple

    http://two/simple
[install]
index-url = http://install/simple
[download]
proxy = http://proxy:3128
`;
  const own = file("own.conf", text);
  const { indexes, proxy, cert } = pipConfig({ PIP_CONFIG_FILE: own, HOME: "/home/me" });
  assert.deepEqual(
    indexes.map(({ url }) => url),
    ["http://global/simple", "http://one/simple", "http://two/simple"],
  );
  assert.equal(indexes[0].from, `index-url in ${own}`);
  assert.deepEqual([proxy, cert], ["http://proxy:3128", "/home/me/ca.pem"]);
});

test("a user's file wins over the global one, and is not read if PIP_CONFIG_FILE is set", () => {
  file("xdg/pip/pip.conf", "[global]\nindex-url = http://everybody/simple\n");
  file("home/.config/pip/pip.conf", "[global]\nindex-url = http://user/simple\n");
  const env = { XDG_CONFIG_DIRS: join(folder, "xdg"), HOME: join(folder, "home") };
  assert.deepEqual(addresses(env), ["http://user/simple"]);
  const empty = file("empty.conf", "");
  assert.ok(!addresses({ ...env, PIP_CONFIG_FILE: empty }).includes("http://user/simple"));
  assert.deepEqual(addresses({ ...env, PIP_CONFIG_FILE: "/nowhere/pip.conf" }), ["http://user/simple"]);
});

test("no index is asked if pip may ask none", () => {
  const { indexes, noIndex } = pipConfig({ PIP_CONFIG_FILE: "/dev/null", PIP_NO_INDEX: "1" });
  assert.deepEqual([indexes, noIndex], [[], "PIP_NO_INDEX"]);
});
