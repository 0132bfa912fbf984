// In: a kubeconfig's file, or none. Out: how to reach the API server: by the file, from within a pod, or as kubectl finds it.
import { KubeConfig } from "@kubernetes/client-node";

/** @throws when the file can't be read, with its name */
export function loadKubeConfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  return config;
}
