// The cluster that a command talks to is the one that kubectl would talk to, and a kubeconfig that can't be used is named.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { connect } from "./cluster.ts";
import { connectionOf, loadKubeConfig, nameOfCluster } from "./kubeconfig.ts";
import { resources } from "./resources.ts";

let folder = "";
const environment = { KUBECONFIG: process.env.KUBECONFIG, HOME: process.env.HOME };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  process.env.HOME = folder;
  delete process.env.KUBECONFIG;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, value] of Object.entries(environment))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

/** `server`: of a cluster, user and context, all named `shared`; `current`: the current context. */
function file(name: string, server: string, current = "shared"): string {
  const path = join(folder, name);
  const config = {
    clusters: [{ name: "shared", cluster: { server } }],
    users: [{ name: "shared", user: { token: name } }],
    contexts: [
      { name: "shared", context: { cluster: "shared", user: "shared" } },
      { name, context: { cluster: "shared", user: "shared" } },
    ],
    "current-context": current,
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

test("of the files of KUBECONFIG, the first that says something wins, and missing ones do not matter", () => {
  const missing = join(folder, "missing");
  const files = [
    missing,
    file("a", "https://a.example", ""),
    file("b", "https://b.example", "b"),
    file("c", "https://c"),
  ];
  process.env.KUBECONFIG = files.join(delimiter);
  const config = loadKubeConfig({});
  assert.equal(nameOfCluster(config), "b (https://a.example)");
  assert.equal(config.getCurrentUser()?.token, "a");
  assert.deepEqual(
    config.getContexts().map(({ name }) => name),
    ["shared", "a", "b", "c"],
  );
  assert.equal(connectionOf(config).server, "https://a.example");
});

test("without a kubeconfig, the message says where one is looked for", () => {
  assert.throws(
    () => loadKubeConfig({}),
    /^Error: no kubeconfig: pass --kubeconfig or set KUBECONFIG; .*~\/\.kube\/config/,
  );
  process.env.KUBECONFIG = "/nowhere/config";
  assert.throws(
    () => loadKubeConfig({}),
    /^Error: KUBECONFIG names no file that exists: \/nowhere\/config; .*--kubeconfig$/,
  );
});

test("a file that can't be read is named, with the reason", () => {
  assert.throws(
    () => loadKubeConfig({ kubeconfig: "/nowhere/config" }),
    /^Error: kubeconfig \/nowhere\/config: does not exist$/,
  );
  const broken = join(folder, "broken");
  writeFileSync(broken, "not: [yaml");
  assert.throws(() => loadKubeConfig({ kubeconfig: broken }), /^Error: kubeconfig \/.*\/broken: /);
});

test("a server without TLS is refused with what allows it", () => {
  const config = loadKubeConfig({ kubeconfig: file("plain", "http://127.0.0.1:8001") });
  assert.throws(
    () => connectionOf(config),
    /http:\/\/127\.0\.0\.1:8001 of cluster shared .*insecure-skip-tls-verify: true$/,
  );
});

test("a command names the cluster that does not answer", async () => {
  const cluster = connect({ kubeconfig: file("away", "https://127.0.0.1:1") });
  await assert.rejects(
    cluster.list(resources.deployments),
    /^Error: cluster shared \(https:\/\/127\.0\.0\.1:1\): connect ECONNREFUSED/,
  );
});
