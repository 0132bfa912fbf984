// Reads from the controller's Deployment how its replicas are configured: the port that they serve, and the Lease that decides who leads.
import { defaultMeshConfig } from "../core/mesh-config.ts";
import type { ClusterObject } from "../kube/cluster.ts";

export type Installation = {
  readonly ready: number;
  readonly replicas: number;
  readonly port: number;
  readonly leaseName: string;
  /** istiod's namespace. */
  readonly rootNamespace: string;
};

type Container = {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
};

/** Without a Deployment or a setting in it, the controller's defaults apply. */
export function installationOf(deployment: ClusterObject | undefined): Installation {
  const spec = (deployment?.spec ?? {}) as {
    readonly replicas?: number;
    readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
  };
  const { readyReplicas = 0 } = (deployment?.status ?? {}) as { readonly readyReplicas?: number };
  const containers = spec.template?.spec?.containers ?? [];
  const setting = (flag: string): string | undefined =>
    containers.map((container) => settingOf(container, flag)).find((value) => value !== undefined);
  return {
    ready: readyReplicas,
    replicas: deployment === undefined ? 0 : (spec.replicas ?? 1),
    port: Number(setting("--port") ?? 8080),
    leaseName: setting("--lease-name") ?? "expedite",
    rootNamespace: setting("--root-namespace") ?? defaultMeshConfig.rootNamespace,
  };
}

/** A flag wins over its variable, as in the controller. */
function settingOf({ command = [], args = [], env = [] }: Container, flag: string): string | undefined {
  const words = [...command, ...args];
  const variable = `EXPEDITE_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
  const joined = words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
  const next = words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined;
  return joined ?? next ?? env.find(({ name }) => name === variable)?.value;
}
