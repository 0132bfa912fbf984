// Turns a request as a person describes it into the headers that Envoy would show the filter.

export type Request = {
  readonly method: string;
  /** Including its query. */
  readonly path: string;
  readonly host: string;
  /** Names in lower case, in the order given. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The SPIFFE id of the peer's certificate without spiffe://; absent for a peer without a certificate. */
  readonly principal?: string;
  /** Claims of the verified token, by name; absent for a request without a token. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

/** As Envoy stores them: the pseudo-headers first, one character per byte of UTF-8. */
export function headerList(request: Request): [string, string][] {
  const pseudo = { ":method": request.method, ":path": request.path, ":authority": request.host, ":scheme": "http" };
  return [...Object.entries(pseudo), ...request.headers].map(([name, value]) => [
    name,
    Buffer.from(value, "utf8").toString("latin1"),
  ]);
}

/** The first value, which matchers compare. */
export function headerOf(request: Request, name: string): string | undefined {
  return request.headers.find(([other]) => other === name)?.[1];
}
