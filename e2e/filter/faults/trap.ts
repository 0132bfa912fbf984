// Makes the module of trap-on-demand.ts trap in a callback.
import { Connection, statusOf } from "../connection.ts";
import { ports } from "../sidecar.ts";
import { ask } from "./load.ts";

export interface TrapOptions {
  /** Number of successive calls that trap. Default: 1. */
  readonly times?: number;
  /** Number of calls before them that don't trap, 0 to 9. Default: 0. */
  readonly after?: number;
}

/**
 * Sends one request on a connection of its own.
 * @returns its status; a request that names proxy_on_request_headers traps itself
 */
export async function armTrap(callback: string, { times = 1, after = 0 }: TrapOptions = {}): Promise<number> {
  const connection = await Connection.open(ports.inbound);
  const headers = `x-trap: ${callback}\r\nx-trap-times: ${times}\r\nx-trap-after: ${after}\r\n`;
  try {
    return statusOf(await ask(connection, `GET / HTTP/1.1\r\nhost: a\r\n${headers}\r\n`));
  } finally {
    connection.close();
  }
}
