// CoreDNS in the cluster: a kubectl enters; resolves when names are answered.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubectl } from "./control-plane.ts";

const manifest = join(import.meta.dirname, "manifests/dns.yaml");

/** @throws CommandError when it is not ready in a minute */
export async function startDns(kubectl: Kubectl): Promise<void> {
  await kubectl(["apply", "-f", "-"], readFileSync(manifest, "utf8"));
  await kubectl(["-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s"]);
}
