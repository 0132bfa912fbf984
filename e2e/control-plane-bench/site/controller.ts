// Runs Expedite's controller as a process: the program in its image, with the account, environment and memory limit of its pod.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { scriptOf, writeBundle } from "../../../release/bundle.ts";
import { apiServerUrl, controlPlaneAddress, controlPlaneName, netnsFile } from "../../kubernetes/addresses.ts";
import { makeLimitedCgroup } from "../../kubernetes/cgroups.ts";
import { type Process, startProcess } from "../../process/process.ts";
import { waitUntil } from "../../process/wait.ts";
import { shippedController } from "./shipped.ts";
import type { Site } from "./site.ts";

const root = resolve(import.meta.dirname, "../../..");
const port = 8090;
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface Controller {
  readonly process: Process;
  /** The memory limit of its cgroup, as in the Deployment. */
  readonly limitMegabytes: number;
  /** The text of its metrics, for exposition.ts. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** Where a kubelet would mount the token for istiod; /run is private to this run. */
const istiodToken = "/var/run/secrets/tokens/istio-token";

/** `audiences` defaults to the API server's. @throws when there is no token: manifests/rbac.yaml creates the account */
async function tokenOf({ api }: Site, audiences?: readonly string[]): Promise<string> {
  const spec = { expirationSeconds: 24 * 3600, ...(audiences === undefined ? {} : { audiences }) };
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
  const account = "/api/v1/namespaces/istio-system/serviceaccounts/expedite/token";
  const { status } = await api.json<{ status: { token: string } }>("POST", account, request);
  return status.token;
}

async function writeIstiodToken(site: Site): Promise<void> {
  mkdirSync(dirname(istiodToken), { recursive: true });
  writeFileSync(istiodToken, await tokenOf(site, ["istio-ca"]), { mode: 0o600 });
}

/** Files as a kubelet mounts them: the controller then connects as in a pod, without the client library. */
async function writeServiceAccount(site: Site): Promise<void> {
  mkdirSync(serviceAccount, { recursive: true });
  writeFileSync(join(serviceAccount, "token"), await tokenOf(site), { mode: 0o600 });
  copyFileSync(join(site.pki, "ca.crt"), join(serviceAccount, "ca.crt"));
}

/** The reason why the controller can't be measured, with a remedy; undefined if it can. */
export function controllerObstacle(): string | undefined {
  const files = ["filter/dist/filter.wasm", "manifests/rbac.yaml", "manifests/controller.yaml"];
  const missing = files.map((file) => join(root, file)).find((file) => !existsSync(file));
  return missing === undefined ? undefined : `${missing} is missing; --arms without measures the mesh alone`;
}

/** Applies the RBAC rules; once is enough for many starts. */
export const applyRights = ({ kubectl }: Site): Promise<string> =>
  kubectl(["apply", "--server-side", "-f", "-"], readFileSync(join(root, "manifests/rbac.yaml"), "utf8"));

/**
 * Starts it in a cgroup with the Deployment's memory limit, and with its environment. @throws with the tail of its log when it does not
 * list everything in time
 */
export async function startController(site: Site): Promise<Controller> {
  await writeServiceAccount(site);
  await writeIstiodToken(site);
  const { environment, memoryBytes } = shippedController();
  const { hostname, port: apiPort } = new URL(apiServerUrl);
  const variables = {
    ...environment,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: apiPort,
    EXPEDITE_PORT: String(port),
    EXPEDITE_IDENTITY: "bench",
  };
  const program = mkdtempSync(join(site.state, "program-"));
  await writeBundle(program);
  const cgroup = makeLimitedCgroup("controller", memoryBytes);
  const running = startProcess({
    name: "controller",
    enter: [`--net=${netnsFile(controlPlaneName)}`],
    command: [
      ...["sh", "-c", 'echo $$ > "$0" && exec env "$@"', cgroup.procs],
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ...[process.execPath, join(program, scriptOf("expedite-controller"))],
    ],
    log: join(site.state, "controller.log"),
    home: site.state,
  });
  const get = (path: string): Promise<Response> => fetch(`http://${controlPlaneAddress}:${port}${path}`);
  try {
    await waitUntil(
      { what: "the controller is ready", seconds: 120, detail: running.tail },
      async () => (await get("/readyz")).ok,
    );
  } catch (error) {
    await running.kill();
    throw error;
  }
  return {
    process: running,
    limitMegabytes: memoryBytes / 1e6,
    metrics: async () => (await get("/metrics")).text(),
    stop: running.kill,
  };
}
