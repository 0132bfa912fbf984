// `npm run bench:start`: how long the controller needs to start and how much memory it then has, alternating between programs: the bundle
// and the sources, or those that are given as arguments. There is no API server, so this is the program alone.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repository, scriptOf, writeBundle } from "../../../release/bundle.ts";
import { short } from "../../measure/format.ts";
import { estimate } from "../../measure/statistics.ts";
import { rssMegabytes } from "../measure/process.ts";
import { shippedController } from "../site/shipped.ts";

const repeats = 11;
const port = 8091;
/** A kubelet mounts an account there. /run is private to this run. */
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/** With an account, the controller connects as in a pod, without the client library. */
function writeServiceAccount(): void {
  mkdirSync(serviceAccount, { recursive: true });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null"];
  const certificate = ["-x509", "-days", "1", "-subj", "/CN=nobody", "-out", join(serviceAccount, "ca.crt")];
  execFileSync("openssl", ["req", ...key, ...certificate], { stdio: "ignore" });
  writeFileSync(join(serviceAccount, "token"), "none");
}

const environment = {
  ...shippedController().environment,
  ...{ PATH: process.env.PATH, EXPEDITE_NAMESPACE: "istio-system", EXPEDITE_IDENTITY: "bench" },
  // Nothing listens there.
  ...{ KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1", EXPEDITE_PORT: `${port}` },
};

type Start = { readonly milliseconds: number; readonly megabytes: number };

/** From the start of the process to the first answer of its liveness probe; memory two seconds later. @throws when it ends */
async function startOnce(script: string): Promise<Start> {
  const from = performance.now();
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "inherit"], env: environment });
  const ended = once(child, "close");
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/healthz`)
      .then(({ ok }) => ok)
      .catch(() => false);
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`);
    await sleep(2);
  }
  const milliseconds = performance.now() - from;
  await sleep(2000);
  const megabytes = rssMegabytes(child.pid!);
  child.kill("SIGKILL");
  await ended;
  return { milliseconds, megabytes };
}

async function defaultScripts(): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  await writeBundle(folder);
  return [join(folder, scriptOf("expedite-controller")), join(repository, "control-plane/src/main.ts")];
}

const given = process.argv.slice(2);
const scripts = given.length > 0 ? given : await defaultScripts();
writeServiceAccount();
const starts = new Map<string, Start[]>(scripts.map((script) => [script, []]));
for (let round = 0; round < repeats; round++)
  for (const script of scripts) starts.get(script)!.push(await startOnce(script));

/** The median and its 95 % interval. */
function spread(values: readonly number[]): string {
  const { value, low, high } = estimate(values);
  return `${short(value)} [${short(low)}, ${short(high)}]`;
}

for (const [script, rounds] of starts) {
  const milliseconds = spread(rounds.map((round) => round.milliseconds));
  const megabytes = spread(rounds.map((round) => round.megabytes));
  console.log(`${script}: start ${milliseconds} ms, memory ${megabytes} MB`);
}
