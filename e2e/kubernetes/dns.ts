// Starts CoreDNS in a cluster.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubectl } from "./control-plane.ts";
import { available } from "./ready.ts";

const manifest = join(import.meta.dirname, "manifests/dns.yaml");

/** @throws when it does not become ready */
export async function startDns(kubectl: Kubectl): Promise<void> {
  await kubectl(["apply", "-f", "-"], readFileSync(manifest, "utf8"));
  await available(kubectl, "kube-system", "coredns");
}
