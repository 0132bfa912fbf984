// Connects a program to its API server: as a pod by its own account, elsewhere by a kubeconfig.
import { type ApiServer, apiServer } from "../kube/api-server.ts";
import { inClusterConnection } from "../kube/in-cluster.ts";

/** `kubeconfig`: the file to use; absent: the pod's account, else as kubectl finds it. @throws Error that names the file */
export async function connectApiServer(kubeconfig: string | undefined): Promise<ApiServer> {
  const own = kubeconfig === undefined && process.env.KUBECONFIG === undefined ? inClusterConnection() : undefined;
  if (own !== undefined) return apiServer(own);
  // Imported here, because the client library takes 60 MB that a pod can do without.
  const { connectionOf, loadKubeConfig } = await import("../kube/kubeconfig.ts");
  return apiServer(connectionOf(loadKubeConfig(kubeconfig === undefined ? {} : { kubeconfig })));
}
