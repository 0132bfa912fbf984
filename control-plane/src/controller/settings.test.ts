// Settings come from flags and variables; a wrong value is refused with the name of its setting and what is allowed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const settings = join(import.meta.dirname, "settings.ts");
// Commander reads its process's variables, so each case has a process of its own.
const program = `import { readSettings } from ${JSON.stringify(settings)};
try { console.log(JSON.stringify(readSettings(process.argv.slice(1)))); } catch { process.exitCode = 1; }`;

function read(args: readonly string[], env: Readonly<Record<string, string>>) {
  const argv = ["--input-type=module", "--eval", program, "--", ...args];
  return spawnSync(process.execPath, argv, { encoding: "utf8", env: { HOME: "/", ...env } });
}

test("a flag wins over a variable, a variable over the default", () => {
  const { stdout } = read(["--port", "9000", "--identity", "expedite-7d4b"], {
    EXPEDITE_PORT: "9001",
    EXPEDITE_ROOT_NAMESPACE: "mesh",
    EXPEDITE_CLUSTER_DOMAIN: "corp.example",
  });
  assert.deepEqual(JSON.parse(stdout), {
    logLevel: "info",
    port: 9000,
    rootNamespace: "mesh",
    clusterDomain: "corp.example",
    namespace: "istio-system",
    leaseName: "expedite",
    identity: "expedite-7d4b",
    createLadder: "true",
  });
});

for (const [variable, value, said] of [
  ["EXPEDITE_PORT", "65536", /'EXPEDITE_PORT' is invalid\. Allowed: 1 to 65535/],
  ["EXPEDITE_PORT", "http", /'EXPEDITE_PORT' is invalid\. Allowed: 1 to 65535/],
  ["EXPEDITE_LOG_LEVEL", "loud", /'EXPEDITE_LOG_LEVEL' is invalid\. Allowed choices are debug, info, warn, error/],
  ["EXPEDITE_ROOT_NAMESPACE", "Istio", /'EXPEDITE_ROOT_NAMESPACE' is invalid\. Allowed: a lower-case DNS label/],
  [
    "EXPEDITE_CLUSTER_DOMAIN",
    "cluster.local.",
    /'EXPEDITE_CLUSTER_DOMAIN' is invalid\. Allowed: lower-case DNS labels/,
  ],
  ["EXPEDITE_NAMESPACE", "", /'EXPEDITE_NAMESPACE' is invalid\. Allowed: a lower-case DNS label/],
  ["EXPEDITE_LEASE_NAME", "a/b", /'EXPEDITE_LEASE_NAME' is invalid\. Allowed: a lower-case DNS label/],
  ["EXPEDITE_CREATE_LADDER", "no", /'EXPEDITE_CREATE_LADDER' is invalid\. Allowed choices are true, false/],
  ["EXPEDITE_IDENTITY", "me and you", /'EXPEDITE_IDENTITY' is invalid\. Allowed: letters, digits/],
] as const)
  test(`refused: ${variable}="${value}"`, () => {
    const { status, stderr } = read([], { [variable]: value });
    assert.equal(status, 1);
    assert.match(stderr, said);
  });

test("refused: an unknown flag", () => {
  assert.match(read(["--prot", "1"], {}).stderr, /unknown option '--prot'.*--port/s);
});
