// Makes Envoy itself handle the header that carries the level, where a client or an upstream must not choose it.
import type { Plan } from "../../core/plan.ts";
import { any, type Message } from "./message.ts";

/** For an HTTP connection manager: removes the header from each request before anything else sees it, with or without the filter. */
export function removedFromRequests(header: string): Message {
  const mutation = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation";
  return {
    early_header_mutation_extensions: [
      {
        name: "envoy.http.early_header_mutation.header_mutation",
        typed_config: any(mutation, { mutations: [{ remove: header }] }),
      },
    ],
  };
}

/**
 * For a route configuration: the response carries the level of its request, whatever the upstream wrote. A request without the header has
 * the default level. Envoy writes the values in this order, and leaves out an empty one.
 */
export function writtenToResponses({ header, defaultLevel }: Pick<Plan, "header" | "defaultLevel">): Message {
  const written = (value: string): Message => ({
    header: { key: header, value },
    append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
    keep_empty_value: false,
  });
  return { response_headers_to_add: [written(defaultLevel), written(`%REQ(${header})%`)] };
}
