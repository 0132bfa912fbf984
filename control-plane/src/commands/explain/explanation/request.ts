// A request as a person describes it, and the headers that Envoy would show the filter for it.

export type Request = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly host: string;
  /** Names in lower case, in the order given. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The SPIFFE id of the peer's certificate without spiffe://; absent: no certificate. */
  readonly principal?: string;
  /** Of the verified token, by name; absent: no token. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

/** As Envoy holds them: the pseudo-headers first, one character per byte of UTF-8. */
export function headerList(request: Request): [string, string][] {
  const pseudo = { ":method": request.method, ":path": request.path, ":authority": request.host, ":scheme": "http" };
  return [...Object.entries(pseudo), ...request.headers].map(([name, value]) => [
    name,
    Buffer.from(value, "utf8").toString("latin1"),
  ]);
}

/** The first value, as matchers see it. */
export function headerOf(request: Request, name: string): string | undefined {
  return request.headers.find(([other]) => other === name)?.[1];
}
