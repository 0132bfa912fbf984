// Makes Envoy keep Expedite's own headers from an application, whoever wrote them.
import { timeoutHeader } from "@expedite/filter/config/deadlines.ts";
import { queueTicket } from "@expedite/filter/config/queue.ts";
import type { Plan } from "../../core/plan.ts";
import type { Message } from "./message.ts";

/**
 * For a route configuration of inbound listeners. The ticket is between Envoy's filters, and the timeout for applications only where it is
 * checked. The router removes them, behind all filters, so it costs the filter nothing and needs none.
 */
export function ownHeadersRemoved({ deadlines }: Pick<Plan, "deadlines">): Message {
  return { request_headers_to_remove: [queueTicket, ...(deadlines === undefined ? [timeoutHeader] : [])] };
}
