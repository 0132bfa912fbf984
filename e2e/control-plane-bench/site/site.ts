// Starts everything that the bench needs: a real API server without nodes, the CRDs of Istio and Expedite, and istiod.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlPlaneAddress } from "../../kubernetes/addresses.ts";
import { removeCgroups } from "../../kubernetes/cgroups.ts";
import { type Kubectl, startControlPlane } from "../../kubernetes/control-plane.ts";
import { buildNetwork, removeNetwork } from "../../kubernetes/network.ts";
import { writePki } from "../../kubernetes/pki.ts";
import type { Process } from "../../process/process.ts";
import { waitUntil } from "../../process/wait.ts";
import { addPod } from "../mesh/populate.ts";
import { type Api, connect } from "./api.ts";
import { istioCrds } from "./istio.ts";
import { startIstiod } from "./istiod.ts";
import { linkDown, linkUp } from "./link.ts";

export interface Site extends AsyncDisposable {
  readonly api: Api;
  readonly kubectl: Kubectl;
  readonly istiod: Process;
  /** The folder with the cluster's certificates and kubeconfigs. */
  readonly pki: string;
  /** The folder for the programs' files. */
  readonly state: string;
}

const manifest = (path: string): string => readFileSync(new URL(`../../../manifests/${path}`, import.meta.url), "utf8");

/** @throws when a part does not start, after ending those that did */
export async function startSite(): Promise<Site> {
  await using started = new AsyncDisposableStack();
  started.defer(removeCgroups);
  const state = mkdtempSync(join(tmpdir(), "bench-"));
  started.defer(() => rmSync(state, { recursive: true, force: true }));
  const pki = join(state, "pki");
  mkdirSync(pki);
  await writePki(pki, []);
  await buildNetwork([]);
  started.defer(() => removeNetwork([]));
  await linkUp();
  started.defer(async () => void (await linkDown()));
  const { kubectl } = await startControlPlane(pki, state, started);
  const api = connect(pki);
  started.defer(api.close);
  await kubectl(["apply", "--server-side", "-f", istioCrds]);
  const kinds = ["priorityladders", "prioritypolicies", "requestqueues", "prioritynodes"];
  const ours = kinds.map((name) => manifest(`crd/${name}.yaml`));
  await kubectl(["apply", "--server-side", "-f", "-"], ours.join("---\n"));
  await kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]);
  await kubectl(["create", "namespace", "istio-system"]);
  const istiod = await startIstiod(pki, state);
  started.defer(istiod.kill);
  await waitUntil({ what: "istiod made its certificate authority", seconds: 30, detail: istiod.tail }, async () => {
    await api.text("GET", "/api/v1/namespaces/istio-system/configmaps/istio-ca-root-cert");
    return true;
  });
  await waitUntil({ what: "istio-system has its service account", seconds: 30 }, async () => {
    await api.text("GET", "/api/v1/namespaces/istio-system/serviceaccounts/default");
    return true;
  });
  // The controller finds istiod by its pods.
  const labels = { app: "istiod", istio: "pilot", "istio.io/rev": "default" };
  await addPod(api, { name: "istiod", namespace: "istio-system", labels }, controlPlaneAddress);
  const running = started.move();
  return { api, kubectl, istiod, pki, state, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
