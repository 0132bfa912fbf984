// Names content by the first hexadecimal digits of its SHA-256: for the names of objects, for comparing, for caches.
import { createHash } from "node:crypto";

/** @param digits at most 64; 16 are enough where different content must not meet by chance */
export function digest(content: string | Uint8Array, digits = 16): string {
  return createHash("sha256").update(content).digest("hex").slice(0, digits);
}
