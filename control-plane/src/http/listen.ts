// Makes a server listen on all addresses of the machine.
import type { FastifyInstance } from "fastify";

/** A kernel that was started with ipv6.disable=1 has no sockets of IPv6, and so no address :: that would stand for all. */
export async function listenOnAll(http: Pick<FastifyInstance, "listen">, port: number): Promise<void> {
  try {
    await http.listen({ host: "::", port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAFNOSUPPORT") throw error;
    await http.listen({ host: "0.0.0.0", port });
  }
}
