// Normalises the path of a request as Envoy does before its filters see it, by the mesh config's pathNormalization (istiod:
// buildConnectionManager; Envoy: PathUtil, which canonicalises as Chromium does).
import type { MeshConfig } from "../../../core/mesh-config.ts";

export function normalized(path: string, how: MeshConfig["pathNormalization"] = "BASE"): string {
  const [, before = "", query = ""] = /^([^?#]*)(\?[^#]*)?/.exec(path) ?? [];
  if (how === "NONE") return `${before}${query}`;
  const decodes = how === "DECODE_AND_MERGE_SLASHES";
  const unescaped = decodes ? before.replace(/%2f|%5c/gi, "/") : before;
  const clean = withoutDots(unescaped.replaceAll("\\", "/").replace(/%([0-9a-f]{2})/gi, unreserved));
  return `${how === "BASE" ? clean : clean.replace(/\/{2,}/g, "/")}${query}`;
}

/** Only what means the same escaped or not; in particular, %2F stays. */
function unreserved(escaped: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : escaped;
}

/** RFC 3986, section 5.2.4. An empty segment counts as a segment. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const isDot = segment === "." || segment === "..";
    if (segment === "..") kept.pop();
    if (!isDot) kept.push(segment);
    else if (index === segments.length - 1) kept.push("");
  }
  return `/${kept.join("/")}`;
}
