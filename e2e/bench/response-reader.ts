// Counts the complete responses in the bytes of one HTTP/1.1 connection. Any status but 200 is an error.

const headEnd = "\r\n\r\n";
const lengthName = "content-length: ";

/** The size of the response that begins at `start`, or 0 if it is incomplete. @throws for what the bench doesn't expect */
function responseSize(bytes: Buffer, start: number, end: number): number {
  const body = bytes.indexOf(headEnd, start, "latin1");
  if (body < 0 || body + headEnd.length > end) return 0;
  if (bytes[start + 9] !== 0x32 || bytes[start + 10] !== 0x30 || bytes[start + 11] !== 0x30)
    throw new Error(`Envoy answered: ${bytes.toString("latin1", start, body)}`);
  const length = bytes.indexOf(lengthName, start, "latin1");
  if (length < 0 || length > body) throw new Error("Envoy answered without a content-length");
  let size = 0;
  for (let at = length + lengthName.length; bytes[at] !== 0x0d; at++) size = size * 10 + (bytes[at] ?? 0) - 0x30;
  const whole = body + headEnd.length + size - start;
  return start + whole <= end ? whole : 0;
}

export class ResponseReader {
  /** The bytes of an incomplete response. */
  #rest: Buffer | undefined;

  /**
   * @param chunk only its first `size` bytes are read, and nothing of it is kept
   * @returns how many responses this chunk completed
   * @throws for a status other than 200 and for a response without content-length
   */
  read(chunk: Buffer, size: number): number {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk.subarray(0, size)]);
    const end = this.#rest === undefined ? size : bytes.length;
    let at = 0;
    let whole = 0;
    for (let next = responseSize(bytes, 0, end); next > 0; next = at < end ? responseSize(bytes, at, end) : 0) {
      at += next;
      whole++;
    }
    this.#rest = at < end ? Buffer.from(bytes.subarray(at, end)) : undefined;
    return whole;
  }
}
