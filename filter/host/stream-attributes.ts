// Makes the attributes that Envoy exposes of a request besides its headers, from the peer's certificate and the claims of a verified token,
// in Envoy's serialized form for Wasm (source/extensions/common/wasm/context.cc, serializeValue). The filter reads them in
// assembly/core/rules/claim.ts.

export interface StreamFacts {
  /** The SPIFFE id of the peer's certificate without spiffe://; absent for a peer without a certificate. */
  readonly principal?: string | undefined;
  /** JSON; absent for a request without a token. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Where Envoy's jwt_authn filter writes claims under Istio (payload_in_metadata: payload). */
const payload = "metadata.filter_metadata.envoy.filters.http.jwt_authn.payload";

/** count u32, then two sizes u32 for each pair, then both byte strings of each pair, each followed by a zero byte. */
function pairs(list: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  const sizes = Buffer.alloc(4 + 8 * list.length);
  sizes.writeUInt32LE(list.length, 0);
  list.forEach(([first, second], index) => {
    sizes.writeUInt32LE(first.length, 4 + 8 * index);
    sizes.writeUInt32LE(second.length, 8 + 8 * index);
  });
  const zero = Uint8Array.of(0);
  return Buffer.concat([sizes, ...list.flatMap(([first, second]) => [first, zero, second, zero])]);
}

/** A value for which Envoy has no serialized form: the attribute is present, and reading it fails. */
export type Attribute = string | Uint8Array | null;

/** Null for a value that contains null. */
function serialized(value: unknown): Uint8Array | null {
  if (value === null) return null;
  if (typeof value === "string") return Buffer.from(value, "utf8");
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return bytes;
  }
  const nothing = new Uint8Array();
  const isList = Array.isArray(value);
  const list: [Uint8Array, Uint8Array][] = [];
  for (const [name, item] of Object.entries(value as object)) {
    const bytes = serialized(item);
    if (bytes === null) return null;
    list.push(isList ? [bytes, nothing] : [Buffer.from(name, "utf8"), bytes]);
  }
  return pairs(list);
}

/** Each claim under its path, and each item of lists and objects under its own. */
function* claimAttributes(path: string, value: unknown): Iterable<readonly [string, Attribute]> {
  yield [path, serialized(value)];
  if (typeof value !== "object" || value === null) return;
  for (const [name, field] of Object.entries(value)) yield* claimAttributes(`${path}.${name}`, field);
}

/** Attributes by their dotted path, for FilterVm.request. */
export function streamAttributes({ principal, claims }: StreamFacts): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>(claims === undefined ? [] : claimAttributes(payload, claims));
  if (principal !== undefined) attributes.set("connection.uri_san_peer_certificate", `spiffe://${principal}`);
  return attributes;
}
