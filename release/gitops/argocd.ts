// Makes the ConfigMap that teaches Argo CD the health of Expedite's kinds, of the one script in manifests/gitops.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { repository } from "../bundle.ts";

export const gitopsFolder: string = join(repository, "manifests/gitops");

export function argoText(): string {
  const script = readFileSync(join(gitopsFolder, "health.lua"), "utf8");
  const data = Object.fromEntries(
    ["PriorityPolicy", "RequestQueue", "PriorityLadder"].map((kind) => [
      `resource.customizations.health.expedite.dev_${kind}`,
      script,
    ]),
  );
  const metadata = { name: "argocd-cm", namespace: "argocd" };
  const head = "# Argo CD: kubectl patch configmap argocd-cm --namespace argocd --patch-file argocd-cm.yaml\n";
  return `${head}# Made from health.lua by release/gitops; do not edit.\n${stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data })}`;
}
