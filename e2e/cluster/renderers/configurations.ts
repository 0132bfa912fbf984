// Reads each pod's proxy configuration twice: as istiod makes it, and as `expedite render --target envoy` makes it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { expedite } from "../commands/expedite.ts";
import { askProxyForJson } from "../proxy.ts";
import { type Bootstrap, type ConfigDump, type ProxyConfiguration, proxyOfBootstrap, proxyOfDump } from "./proxy.ts";

/** The kinds that both renderers read. */
const kinds = [
  ...["priorityladders", "prioritypolicies", "requestqueues"].map((name) => `${name}.expedite.dev`),
  ...["services", "pods"],
  ...["gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io"],
];

/** The configuration of the proxy itself, with its endpoints. */
export async function configured(cluster: Cluster, namespace: string, pod: string): Promise<ProxyConfiguration> {
  const dump = await askProxyForJson(cluster.kubectl, { namespace, target: pod }, "config_dump?include_eds");
  return proxyOfDump(dump as ConfigDump);
}

/** Rendered configurations by pod name. @throws with the command's output when it refuses the objects */
export async function rendered(
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<ReadonlyMap<string, ProxyConfiguration>> {
  const folder = mkdtempSync(join(tmpdir(), "rendered-"));
  try {
    const objects = JSON.parse(await cluster.kubectl(["get", kinds.join(), "-A", "-o", "json"])) as {
      readonly items: readonly { readonly metadata: { readonly namespace?: string } }[];
    };
    const here = [undefined, ...namespaces];
    const items = objects.items.filter(({ metadata }) => here.includes(metadata.namespace));
    const own = await Promise.all(
      namespaces.map(async (name) => JSON.parse(await cluster.kubectl(["get", "namespace", name, "-o", "json"]))),
    );
    const meshConfig = JSON.parse(await cluster.kubectl(["-n", "istio-system", "get", "cm", "istio", "-o", "json"]));
    const input = join(folder, "objects.yaml");
    writeFileSync(input, JSON.stringify({ kind: "List", items: [...items, ...own, meshConfig] }));
    const output = join(folder, "proxies");
    const { code, stderr } = await expedite(cluster, "render", "-f", input, "--target", "envoy", "-o", output);
    if (code !== 0) throw new Error(`render ended with ${code}: ${stderr}`);
    return new Map(
      readdirSync(output).map((name) => [
        basename(name, ".json"),
        proxyOfBootstrap(JSON.parse(readFileSync(join(output, name), "utf8")) as Bootstrap),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
