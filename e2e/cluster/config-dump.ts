// Reads the configuration of every proxy in some namespaces, without versions and times and in a fixed order, so that two readings can be
// compared.
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { waitUntil } from "../process/wait.ts";
import { askProxyForJson } from "./proxy.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Fields that change with every push or over time, and configure nothing. */
const passing = new Set(["last_updated", "version_info", "client_status", "error_state"]);
/** The bootstrap, and secrets. */
const leftOut = /BootstrapConfigDump|SecretsConfigDump/;

function sorted(value: Json): Json {
  if (Array.isArray(value))
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Record<string, Json>).filter(([key]) => !passing.has(key));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]));
}

/** Configurations as text, by namespace/pod. */
export async function configurations(
  kubectl: Kubectl,
  namespaces: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const namespace of namespaces) {
    const names = (await kubectl(["-n", namespace, "get", "pods", "-o", "name"])).split("\n").filter(Boolean);
    const dump = (target: string) => askProxyForJson(kubectl, { namespace, target }, "config_dump");
    for (const [index, dumped] of (await Promise.all(names.map(dump))).entries()) {
      const { configs } = dumped as { readonly configs: readonly { readonly "@type": string }[] };
      // A section that has had an entry stays in the dump when it is empty.
      const kept = configs.filter((config) => !leftOut.test(config["@type"]) && Object.keys(config).length > 1);
      found.set(`${namespace}/${names[index]}`, JSON.stringify(sorted(kept as unknown as Json)));
    }
  }
  return found;
}

/** The configurations once they are complete and no longer change: listeners of an earlier test may still be draining. */
export async function settledConfigurations(
  kubectl: Kubectl,
  namespaces: readonly string[],
  isComplete: (text: string) => boolean = () => true,
): Promise<ReadonlyMap<string, string>> {
  const isSettled = (text: string): boolean => isComplete(text) && !text.includes("draining_state");
  let last = await configurations(kubectl, namespaces);
  await waitUntil({ what: "the proxies' configurations no longer change", seconds: 100 }, async () => {
    const before = last;
    last = await configurations(kubectl, namespaces);
    return [...last].every(([pod, text]) => before.get(pod) === text && isSettled(text));
  });
  return last;
}
