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

const template = (chart: string, args: readonly string[], namespace = "istio-system"): Promise<string> => {
  const folder = join(fileOf(files.istio, "manifests/charts"), chart);
  return command(binaryOf(parts.helm), ["template", "istio", folder, "--namespace", namespace, ...args]);
};

/** The objects of istiod's chart. `args`: more of helm's. */
function istiodObjects(args: readonly string[] = [], namespace?: string): Promise<string> {
  const [hub = ""] = images.pilot.name.split("/");
  const image = ["--set", `global.hub=${hub},global.tag=${parts.pilot.version}`];
  return template("istio-control/istio-discovery", ["--values", values, ...image, ...args], namespace);
}

/**
 * Starts a second istiod for a revision of Istio, beside that of startIstio. @returns what removes it. @throws when it does not become
 * ready
 */
export function startRevision(kubectl: Kubectl, revision: string): Promise<() => Promise<void>> {
  return startSecond(kubectl, { revision, namespace: "istio-system", webhook: revision, args: [] });
}

/**
 * Starts the istiod of a second mesh in a namespace that exists, as its revision. `meshConfig`: fields besides the root namespace, as helm
 * takes them. @returns what removes it. @throws when it does not become ready
 */
export function startMesh(
  kubectl: Kubectl,
  { namespace, revision, meshConfig }: { namespace: string; revision: string; meshConfig: object },
): Promise<() => Promise<void>> {
  const args = [`global.istioNamespace="${namespace}"`, `meshConfig=${JSON.stringify(meshConfig)}`];
  const json = args.flatMap((value) => ["--set-json", value]);
  return startSecond(kubectl, { revision, namespace, webhook: `${revision}-${namespace}`, args: json });
}

interface Second {
  readonly revision: string;
  readonly namespace: string;
  /** How the name of its injector's webhook ends. */
  readonly webhook: string;
  readonly args: readonly string[];
}

async function startSecond(
  kubectl: Kubectl,
  { revision, namespace, webhook, args }: Second,
): Promise<() => Promise<void>> {
  const objects = await istiodObjects(["--set", `revision=${revision}`, ...args], namespace);
  await kubectl(["apply", "--server-side", "-f", "-"], objects);
  await available(kubectl, namespace, `istiod-${revision}`);
  await injects(kubectl, `istio-sidecar-injector-${webhook}`);
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
  const [base, istiod] = await Promise.all([template("base", ["--set", "defaultRevision=default"]), istiodObjects()]);
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
