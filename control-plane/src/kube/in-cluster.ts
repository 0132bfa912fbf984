// Makes a pod's own connection to the API server from what its kubelet provides, by hand, because the client library would cost the
// controller 60 MB.
import { existsSync, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import type { Connection } from "./connection.ts";

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A kubelet renews the token long before it expires; client-go also reads the file once a minute. */
const tokenMillis = 60_000;

/** Undefined outside a pod. @throws when the certificate can't be read */
export function inClusterConnection(
  env: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = serviceAccount,
): Connection | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = env;
  const tokenFile = join(folder, "token");
  if (host === "" || !existsSync(tokenFile)) return undefined;
  const agent = new Agent({ keepAlive: true, ca: readFileSync(join(folder, "ca.crt")) });
  let token = { text: "", until: 0 };
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    options: async () => {
      if (performance.now() >= token.until)
        token = { text: readFileSync(tokenFile, "utf8").trim(), until: performance.now() + tokenMillis };
      return { agent, headers: { authorization: `Bearer ${token.text}` } };
    },
  };
}
