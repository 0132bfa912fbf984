// Installs Istio in a cluster from its own charts, with the CRDs of the Gateway API and of Expedite.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../process/command.ts";
import { waitUntil } from "../process/wait.ts";
import { fileOf, files } from "./build/files.ts";
import { binaryOf, parts } from "./build/parts.ts";
import type { Kubectl } from "./control-plane.ts";
import { images } from "./images/images.ts";
import { available, served } from "./ready.ts";

const values = join(import.meta.dirname, "manifests/istiod-values.yaml");
const crds = join(import.meta.dirname, "../../manifests/crd");

/** @throws when istiod does not become ready */
export async function startIstio(kubectl: Kubectl): Promise<void> {
  const charts = fileOf(files.istio, "manifests/charts");
  const [hub = ""] = images.pilot.name.split("/");
  const template = (name: string, chart: string, args: readonly string[]): Promise<string> =>
    command(binaryOf(parts.helm), ["template", name, join(charts, chart), "--namespace", "istio-system", ...args]);
  const image = ["--set", `global.hub=${hub},global.tag=${parts.pilot.version}`];
  const [base, istiod] = await Promise.all([
    template("istio-base", "base", ["--set", "defaultRevision=default"]),
    template("istiod", "istio-control/istio-discovery", ["--values", values, ...image]),
  ]);
  await kubectl(["create", "namespace", "istio-system"]);
  const apply = (text: string): Promise<string> => kubectl(["apply", "--server-side", "-f", "-"], text);
  const standard = fileOf(files.gatewayApi, "config/crd/standard");
  const own = [standard, crds].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
  await apply([base, ...own].join("\n---\n"));
  await served(kubectl, ["envoyfilters", "httproutes.gateway.networking.k8s.io", "prioritypolicies"]);
  await apply(istiod);
  await available(kubectl, "istio-system", "istiod");
  await waitUntil({ what: "the injector's webhook has its certificate", seconds: 60 }, async () => {
    const path = "jsonpath={.webhooks[0].clientConfig.caBundle}";
    return (await kubectl(["get", "mutatingwebhookconfiguration", "istio-sidecar-injector", "-o", path])) !== "";
  });
}
