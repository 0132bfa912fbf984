// Identifies content by the first hexadecimal digits of its SHA-256: in names of objects, for comparing, in caches.
import { createHash } from "node:crypto";

/** @param digits at most 64; 16 are enough to keep different content apart by all odds */
export function digest(content: string | Uint8Array, digits = 16): string {
  return createHash("sha256").update(content).digest("hex").slice(0, digits);
}
