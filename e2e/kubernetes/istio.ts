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
/** The root namespace of the mesh that startIstio starts. */
const root = "istio-system";
const crds = join(import.meta.dirname, "../../manifests/crd");

/** A release of helm's; its objects are in the namespace. */
interface Release {
  readonly name: string;
  readonly namespace: string;
}

const template = ({ name, namespace }: Release, chart: string, args: readonly string[]): Promise<string> => {
  const folder = join(fileOf(files.istio, "manifests/charts"), chart);
  return command(binaryOf(parts.helm), ["template", name, folder, "--namespace", namespace, ...args]);
};

/** The objects of istiod's chart. `args`: more of helm's. */
function istiodObjects(release: Release, args: readonly string[] = []): Promise<string> {
  const [hub = ""] = images.pilot.name.split("/");
  const image = ["--set", `global.hub=${hub},global.tag=${parts.pilot.version}`];
  return template(release, "istio-control/istio-discovery", ["--values", values, ...image, ...args]);
}

/**
 * Starts a second istiod for a revision of Istio, beside that of startIstio. @returns what removes it. @throws when it does not become
 * ready
 */
export function startRevision(kubectl: Kubectl, revision: string): Promise<() => Promise<void>> {
  return startSecond(kubectl, { revision, namespace: root, webhook: revision, args: [] });
}

/** Of a mesh besides that of startIstio: its root namespace, which exists, the one revision that it has, and fields of its mesh config. */
export interface OtherMesh {
  readonly namespace: string;
  readonly revision: string;
  readonly meshConfig: Readonly<Record<string, unknown>>;
}

/** Starts the istiod of another mesh. @returns what removes it. @throws when it does not become ready */
export function startMesh(
  kubectl: Kubectl,
  { namespace, revision, meshConfig }: OtherMesh,
): Promise<() => Promise<void>> {
  // Field by field, because a whole mesh config would take the place of the one in the values.
  const fields = Object.entries(meshConfig).map(([name, value]) => `meshConfig.${name}=${JSON.stringify(value)}`);
  const args = [`global.istioNamespace=${JSON.stringify(namespace)}`, ...fields];
  return startSecond(kubectl, {
    ...{ namespace, revision, webhook: `${revision}-${namespace}` },
    args: args.flatMap((value) => ["--set-json", value]),
  });
}

interface Second extends Pick<OtherMesh, "namespace" | "revision"> {
  /** How the name of its injector's webhook ends. */
  readonly webhook: string;
  readonly args: readonly string[];
}

async function startSecond(
  kubectl: Kubectl,
  { namespace, revision, webhook, args }: Second,
): Promise<() => Promise<void>> {
  const name = `istiod-${revision}`;
  const objects = await istiodObjects({ name, namespace }, ["--set", `revision=${revision}`, ...args]);
  await kubectl(["apply", "--server-side", "-f", "-"], objects);
  await available(kubectl, namespace, name);
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
  const [base, istiod] = await Promise.all([
    template({ name: "istio-base", namespace: root }, "base", ["--set", "defaultRevision=default"]),
    istiodObjects({ name: "istiod", namespace: root }),
  ]);
  await kubectl(["create", "namespace", root]);
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
  await available(kubectl, root, "istiod");
  await injects(kubectl, "istio-sidecar-injector");
}
