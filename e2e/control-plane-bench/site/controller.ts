// Our controller as a process: the real main.ts with the token of its own service account, as a pod would have it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { apiServerUrl, controlPlaneAddress, controlPlaneName, netnsFile } from "../../kubernetes/addresses.ts";
import { type Process, startProcess } from "../../process/process.ts";
import { waitUntil } from "../../process/wait.ts";
import type { Site } from "./site.ts";

const root = resolve(import.meta.dirname, "../../..");
const program = join(root, "control-plane/src/main.ts");
const port = 8090;
/** As in manifests/controller.yaml. */
const heap = "--max-old-space-size=112 --max-semi-space-size=1";

export interface Controller {
  readonly process: Process;
  /** For exposition.ts. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** Where a kubelet would mount the token for istiod: /run is this run's own. */
const istiodToken = "/var/run/secrets/tokens/istio-token";

/** `audiences`: absent, the API server's. @throws when it can't be had: manifests/rbac.yaml makes the account */
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

async function writeKubeconfig(site: Site): Promise<string> {
  const { pki, state } = site;
  const cluster = { server: apiServerUrl, "certificate-authority": join(pki, "ca.crt") };
  const file = join(state, "controller.conf");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster }],
    users: [{ name: "expedite", user: { token: await tokenOf(site) } }],
    contexts: [{ name: "bench", context: { cluster: "cluster", user: "expedite" } }],
    "current-context": "bench",
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Why the controller can't be measured, with the way out; undefined where it can. */
export function controllerObstacle(): string | undefined {
  const missing = [program, join(root, "manifests/rbac.yaml")].find((file) => !existsSync(file));
  return missing === undefined ? undefined : `${missing} is missing; --arms without measures the mesh alone`;
}

/** Rights first; once is enough for many starts. */
export const applyRights = ({ kubectl }: Site): Promise<string> =>
  kubectl(["apply", "--server-side", "-f", "-"], readFileSync(join(root, "manifests/rbac.yaml"), "utf8"));

/** @throws with the tail of its log when it does not list everything in time */
export async function startController(site: Site): Promise<Controller> {
  const kubeconfig = await writeKubeconfig(site);
  await writeIstiodToken(site);
  const flags = [`--kubeconfig=${kubeconfig}`, `--port=${port}`, "--identity=bench", "--log-level=info"];
  const running = startProcess({
    name: "controller",
    enter: [`--net=${netnsFile(controlPlaneName)}`],
    command: ["env", `NODE_OPTIONS=${heap}`, process.execPath, program, ...flags],
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
  return { process: running, metrics: async () => (await get("/metrics")).text(), stop: running.kill };
}
