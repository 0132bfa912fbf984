// Represents Envoy's messages as plain JSON: every builder in this folder returns one, and Envoy's own validation tests them.

/** A message in proto3 JSON, fields by their proto names. */
export type Message = { readonly [field: string]: unknown };

/** google.protobuf.Any with a message of Envoy's API. */
export function any(type: string, message: Message): Message {
  return { "@type": `type.googleapis.com/${type}`, ...message };
}
