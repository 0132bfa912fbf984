// Istio's own table of paths (tests/integration/security: path normalization), and attempts to circumvent rules.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalized } from "./path.ts";

const base: readonly (readonly [string, string])[] = [
  ["/", "/"],
  ["/app#foo", "/app"],
  ["/app/", "/app/"],
  ["/app/../admin", "/admin"],
  ["/app//", "/app//"],
  ["/app/%2f", "/app/%2f"],
  ["/app%2f/", "/app%2f/"],
  ["/xyz%30..//abc", "/xyz0..//abc"],
  ["/app/%2E./admin", "/admin"],
  ["/app\\admin", "/app/admin"],
  ["/app/\\/\\/\\admin", "/app//////admin"],
  ["/%2Fapp%5cadmin%5Cabc", "/%2Fapp%5cadmin%5Cabc"],
  ["/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\\abc", "/%5Capp%2f%5c%2F..%2fadmin%5c/abc"],
  ["/app//../admin", "/app/admin"],
  ["/app//../../admin", "/admin"],
  ["/a/../export/all", "/export/all"],
  ["/%65xport/all?page=%65", "/export/all?page=%65"],
  ["//export", "//export"],
  ["/a/..", "/"],
  ["/../../a/.", "/a/"],
];

test("BASE, Istio's default, removes dots and decodes what may be written plainly, and keeps slashes", () => {
  for (const [path, seen] of base) {
    assert.equal(normalized(path), seen);
    assert.equal(normalized(seen), seen, "it is idempotent");
  }
});

test("the mesh config may ask for less, or for more", () => {
  for (const path of ["/app/../admin", "/%65xport", "//a"]) assert.equal(normalized(path, "NONE"), path);
  assert.equal(normalized("//export///all/%2f", "MERGE_SLASHES"), "/export/all/%2f");
  assert.equal(normalized("/a%2f..%5Cb//c", "DECODE_AND_MERGE_SLASHES"), "/b/c");
});

/** RFC 3986, 5.2.4, step by step: segments move from an input buffer to the output. */
function removeDotSegments(path: string): string {
  let [input, output] = [path, ""];
  const dropLast = (): void => {
    output = output.slice(0, Math.max(output.lastIndexOf("/"), 0));
  };
  while (input !== "") {
    if (input.startsWith("/./")) input = input.slice(2);
    else if (input === "/.") input = "/";
    else if (input.startsWith("/../")) {
      input = input.slice(3);
      dropLast();
    } else if (input === "/..") {
      input = "/";
      dropLast();
    } else {
      const [segment = ""] = /^\/[^/]*/.exec(input) ?? [];
      output += segment;
      input = input.slice(segment.length);
    }
  }
  return output;
}

/** RFC 3986, 6.2.2.2: an octet of an unreserved character is decoded, any other one stays. */
function decodeUnreserved(path: string): string {
  const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  let text = "";
  for (let at = 0; at < path.length; at++) {
    const octet = /^%[0-9A-Fa-f]{2}/.test(path.slice(at)) ? Number(`0x${path.slice(at + 1, at + 3)}`) : -1;
    const decoded = octet < 0 ? "" : String.fromCharCode(octet);
    if (decoded === "" || !unreserved.includes(decoded)) text += path[at];
    else {
      text += decoded;
      at += 2;
    }
  }
  return text;
}

test("any path, with valid or almost valid encoding, is normalised as RFC 3986 says", () => {
  const octet = fc.integer({ min: 0x20, max: 0xff }).map((code) => `%${code.toString(16).padStart(2, "0")}`);
  const piece = fc.oneof(
    ...[fc.constantFrom("/", ".", "..", "/./", "/../", "//", "a", "b", "~", "!", ":", "@"), octet],
    fc.constantFrom("%2e", "%2E", "%2f", "%5C", "%", "%2", "%g0", "%%41", "\\"),
  );
  const path = fc.array(piece, { maxLength: 12 }).map((parts) => `/${parts.join("")}`);
  const query = fc.oneof(fc.constantFrom("", "?", "?a=../b", "?%65=/./"), fc.constant("?x//y"));
  fc.assert(
    fc.property(path, query, (before, after) => {
      const once = removeDotSegments(decodeUnreserved(before.replaceAll("\\", "/")));
      assert.equal(normalized(`${before}${after}`), `${once}${after}`);
      assert.equal(normalized(`${before}${after}`, "MERGE_SLASHES"), `${once.replace(/\/+/g, "/")}${after}`);
      assert.equal(normalized(`${before}${after}`, "NONE"), `${before}${after}`);
    }),
    { numRuns: 5000 },
  );
});
