// Defines how to reach an API server: its URL, and the TLS options and credentials of a request.
import type { RequestOptions } from "node:https";

export type Connection = {
  /** Without a path, for example https://10.96.0.1:443. */
  readonly server: string;
  /** Called for every request, because a service account's token is renewed in its file. */
  readonly options: () => Promise<RequestOptions>;
};
