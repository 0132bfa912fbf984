// Makes Envoy itself handle the header that carries the level, where a client or an upstream must not choose it.
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

/** For a route configuration: the response carries the level of its request, whatever the upstream wrote. */
export function writtenToResponses(header: string): Message {
  return {
    response_headers_to_add: [
      {
        header: { key: header, value: `%REQ(${header})%` },
        append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
        keep_empty_value: false,
      },
    ],
  };
}
