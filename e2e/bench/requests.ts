// Makes the bench's requests. All shapes have the same number and size of headers, so that every listener parses the same amount: a header
// that a shape lacks is replaced by another of the same length.

export interface Shape {
  /** Whether the request carries a level, batch. */
  readonly level: boolean;
  /** Whether it carries a traceparent besides its x-request-id. */
  readonly trace: boolean;
  /** The ids repeat after this many requests; 0: never. */
  readonly ids: number;
}

/** What a browser sends through an Istio gateway. */
const constantHeaders = [
  ["host", "shop.example.com"],
  ["user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"],
  ["accept", "application/json, text/plain, */*"],
  ["accept-language", "en-GB,en;q=0.7,de;q=0.3"],
  ["accept-encoding", "gzip, deflate, br, zstd"],
  ["referer", "https://shop.example.com/orders"],
  ["cookie", "session=0b5f3d0e9f4a4f0f8f5f2c1d7e6a9b3c; theme=dark"],
  ["x-tenant", "acme"],
  ["x-forwarded-for", "203.0.113.7"],
  ["x-forwarded-proto", "https"],
  ["x-envoy-decorator-operation", "orders.shop.svc.cluster.local:8080/*"],
  ["x-envoy-attempt-count", "1"],
] as const;

const path = "/export/orders?format=csv&page=3";

/** Eight hexadecimal digits, different for each number below 2^32, and well spread (the finalizer of MurmurHash3). */
function digits(index: number): string {
  let h = index | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, "0");
}

/** Stands for the digits of an id in the bytes of a request. */
const placeholder = "########";

function headersWith(shape: Shape, id: string): readonly (readonly [string, string])[] {
  return [
    ...constantHeaders,
    ["x-request-id", `${id}-6c54-4b33-9b0a-6a1b2c3d4e5f`],
    [shape.trace ? "traceparent" : "x-trace-ref", `00-4bf92f3577b34da6a3ce929d${id}-00f067aa0ba902b7-01`],
    [shape.level ? "x-request-priority" : "x-requesting-party", "batch"],
  ];
}

/** @param index determines the request's ids */
export function requestHeaders(shape: Shape, index: number): Readonly<Record<string, string>> {
  return Object.fromEntries(headersWith(shape, digits(shape.ids === 0 ? index : index % shape.ids)));
}

export const requestPath = path;

/** The bytes of one request at a time, always in the same buffer. */
export class RequestBytes {
  readonly bytes: Buffer;
  readonly #shape: Shape;
  readonly #places: readonly number[];

  constructor(shape: Shape) {
    const lines = headersWith(shape, placeholder).map(([name, value]) => `${name}: ${value}\r\n`);
    const text = `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
    this.bytes = Buffer.from(text, "latin1");
    this.#shape = shape;
    this.#places = [...text.matchAll(new RegExp(placeholder, "g"))].map(({ index }) => index);
  }

  /** Turns the buffer into the request with this index. */
  set(index: number): void {
    const id = digits(this.#shape.ids === 0 ? index : index % this.#shape.ids);
    for (const place of this.#places) this.bytes.write(id, place, "latin1");
  }
}
