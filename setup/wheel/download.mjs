// Downloads an address, with a few tries if the network or the server fails.
import { setTimeout as pause } from "node:timers/promises";

/** Seconds before each further try. */
const defaultPauses = [1, 3, 9];
/** Seconds without a byte after which a try counts as failed. */
const patience = 30;

/** A response or failure that another try would not change, or the result of the last try. */
export class DownloadError extends Error {}

/** An address as it may be shown, and its credentials as a header, because fetch refuses addresses with credentials. */
function separate(address) {
  const url = new URL(address);
  const { username, password } = url;
  url.username = url.password = "";
  const credentials = [username, password].map(decodeURIComponent).join(":");
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  return { shown: url.href, headers: username === "" ? {} : { authorization } };
}

async function attempt(shown, headers, onBytes) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${patience} s`)), patience * 1000);
  try {
    const response = await fetch(shown, { headers, signal: silence.signal });
    if (!response.ok)
      throw Object.assign(new Error(`the server answers ${response.status}`), { status: response.status });
    const chunks = [];
    const total = Number(response.headers.get("content-length")) || undefined;
    let received = 0;
    for await (const chunk of response.body) {
      timer.refresh();
      chunks.push(chunk);
      received += chunk.length;
      onBytes?.(received, total);
    }
    return { url: response.url, type: response.headers.get("content-type") ?? "", body: Buffer.concat(chunks) };
  } catch (error) {
    // fetch says only "fetch failed"; the reason is in its cause, which may have several of its own.
    const { cause } = error;
    const reason = cause?.message || cause?.errors?.[0]?.message || cause?.code || error.message;
    throw Object.assign(new Error(reason), { isFinal: [400, 401, 403, 404, 407, 410].includes(error.status) });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param options.accept the media types to accept; onBytes(received, total?) is called for every piece
 * @returns the bytes, their media type, and the final address after redirects
 * @throws DownloadError with the address, without credentials, and the reason
 */
export async function download(address, { accept = "*/*", onBytes, pauses = defaultPauses } = {}) {
  if (!/^https?:\/\/[^/]/.test(address)) throw new DownloadError(`"${address}" is not an http or https address`);
  const { shown, headers } = separate(address);
  for (const seconds of [...pauses, undefined])
    try {
      return await attempt(shown, { ...headers, accept }, onBytes);
    } catch (error) {
      if (error.isFinal || seconds === undefined) throw new DownloadError(`${shown}: ${error.message}`);
      await pause(seconds * 1000);
    }
}
