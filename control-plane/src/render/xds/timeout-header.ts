// Makes Envoy tell the next proxy the timeout of the request's route, which the filter does not see.
import { timeoutHeader } from "@expedite/filter/config/deadlines.ts";
import type { Message } from "./message.ts";

/**
 * For a route configuration. Envoy's router writes the timeout into x-envoy-expected-rq-timeout-ms, and the next proxy takes it away before
 * any filter sees it, because it believes only peers of its internal_address_config, which is empty by default (Envoy 1.33). Where a route
 * has no timeout, nothing is added.
 */
export const routeTimeoutOnRequests: Message = {
  request_headers_to_add: [
    {
      header: { key: timeoutHeader, value: "%REQ(x-envoy-expected-rq-timeout-ms)%" },
      append_action: "APPEND_IF_EXISTS_OR_ADD",
      keep_empty_value: false,
    },
  ],
};
