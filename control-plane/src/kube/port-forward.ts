// Reaches a port of a pod as kubectl port-forward does: through the API server, from the pod's own loopback.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type KubeConfig, PortForward } from "@kubernetes/client-node";

/** `close` also aborts requests in progress. */
export type Forwarded = { readonly url: string; readonly close: () => void };

export type PodPort = { readonly namespace: string; readonly pod: string; readonly port: number };

/** Listens on a free port of this machine's loopback. */
export async function forwardPort(config: KubeConfig, { namespace, pod, port }: PodPort): Promise<Forwarded> {
  const forwarding = new PortForward(config);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    forwarding
      .portForward(namespace, pod, [port], socket, null, socket)
      .then((tunnel) => {
        // Without the socket it would stay open, and keep the process from ending.
        const end = (): void => (typeof tunnel === "function" ? tunnel() : tunnel)?.close();
        if (socket.destroyed) end();
        else socket.once("close", end);
      })
      .catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: local } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${local}`,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
