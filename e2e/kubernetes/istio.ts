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

const template = (name: string, chart: string, args: readonly string[]): Promise<string> => {
  const folder = join(fileOf(files.istio, "manifests/charts"), chart);
  return command(binaryOf(parts.helm), ["template", name, folder, "--namespace", "istio-system", ...args]);
};

/** The objects of istiod's chart. `args`: more of helm's. */
function istiodObjects(name: string, args: readonly string[] = []): Promise<string> {
  const [hub = ""] = images.pilot.name.split("/");
  const image = ["--set", `global.hub=${hub},global.tag=${parts.pilot.version}`];
  return template(name, "istio-control/istio-discovery", ["--values", values, ...image, ...args]);
}

/**
 * Starts a second istiod for a revision of Istio, beside that of startIstio. @returns what removes it. @throws when it does not become
 * ready
 */
export async function startRevision(kubectl: Kubectl, revision: string): Promise<() => Promise<void>> {
  const name = `istiod-${revision}`;
  const objects = await istiodObjects(name, ["--set", `revision=${revision}`]);
  await kubectl(["apply", "--server-side", "-f", "-"], objects);
  await available(kubectl, "istio-system", name);
  await injects(kubectl, `istio-sidecar-injector-${revision}`);
  return async () => {
    await kubectl(["delete", "--ignore-not-found", "-f", "-"], objects);
  };
}

const injects = (kubectl: Kubectl, webhook: string): Promise<void> =>
  waitUntil({ what: "the injector's webhook has its certificate", seconds: 60 }, async () => {
    const path = "jsonpath={.webhooks[0].clientConfig.caBundle}";
    return (await kubectl(["get", "mutatingwebhookconfiguration", webhook, "-o", path])) !== "";
  });

/** @throws when istiod does not become ready */
export async function startIstio(kubectl: Kubectl): Promise<void> {
  const [base, istiod] = await Promise.all([
    template("istio-base", "base", ["--set", "defaultRevision=default"]),
    istiodObjects("istiod"),
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
  await injects(kubectl, "istio-sidecar-injector");
}
