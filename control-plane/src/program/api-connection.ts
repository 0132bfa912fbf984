// Connects a program to its API server: in a pod with the pod's account, elsewhere with a kubeconfig.
import { type ApiServer, apiServer } from "../kube/api-server.ts";
import { inClusterConnection } from "../kube/in-cluster.ts";

/** `kubeconfig`: the file to use; absent: the pod's account, or otherwise what kubectl would use. @throws Error that names the file */
export async function connectApiServer(kubeconfig: string | undefined): Promise<ApiServer> {
  const own = kubeconfig === undefined && process.env.KUBECONFIG === undefined ? inClusterConnection() : undefined;
  if (own !== undefined) return apiServer(own);
  // Imported here, because a pod can save the 60 MB that the client library takes.
  const { connectionOf, loadKubeConfig } = await import("../kube/kubeconfig.ts");
  return apiServer(connectionOf(loadKubeConfig(kubeconfig === undefined ? {} : { kubeconfig })));
}
