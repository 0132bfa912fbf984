// The host of a request, compared with the grammar of an authority without user (RFC 3986, 3.2): [ host ] [ ":" port ], which HTTP has in
// Host and :authority (RFC 9110, 7.2). A rule finds its host however it is written, and never in a text that is not an authority.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mutate } from "./fuzz/mutate.ts";
import { Random } from "./fuzz/random.ts";
import { configOf, levelHeader, startFilter, valuesOf } from "./sidecar.ts";

const textOf = (units: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...units), minLength, maxLength });

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,4}[a-z0-9])?$/);
const dnsName = fc.oneof(
  fc.constantFrom("a.example", "b.a.example", "example"),
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
);
/** The forms of RFC 4291, 2.2. */
const ipv6 = fc.ipV6().map((address) => `[${address.toLowerCase()}]`);
/** Hosts that a rule can name. */
const named = fc.oneof({ weight: 3, arbitrary: dnsName }, fc.ipV4(), ipv6);
const encoded = fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, "0")}`);
/** reg-name = *( unreserved / pct-encoded / sub-delims ) */
const registered = fc
  .array(fc.oneof(textOf("abcXYZ019-._~", 1, 4), textOf("!$&'()*+,;=", 1, 2), encoded), { maxLength: 5 })
  .map((parts) => parts.join(""));
const port = fc.oneof(
  fc.constantFrom("", ":", ":80"),
  textOf("0123456789", 1, 6).map((digits) => `:${digits}`),
);

/** With letters of either case, and a name with or without the trailing dot of the root. */
const written = (host: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: host.length, maxLength: host.length }), fc.boolean(), port)
    .map(
      ([isUpper, isRooted, end]) =>
        [...host].map((unit, index) => (isUpper[index] ? unit.toUpperCase() : unit)).join("") +
        (isRooted && /^[a-z0-9-]/.test(host) ? "." : "") +
        end,
    );

const regName = "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*";
/** With a trailing dot it is not an authority; the filter treats it as the same address, because it means no other host. */
const literal = "\\[[0-9A-Fa-f:.]+\\]\\.?";
const authority = new RegExp(`^(${literal}|${regName})(?::[0-9]*)?$`);

/** In lower case, without port and trailing dot; undefined if the text is not an authority. */
function hostIn(text: string): string | undefined {
  const host = authority.exec(text)?.[1]?.toLowerCase();
  return host !== undefined && host.length > 1 && host.endsWith(".") ? host.slice(0, -1) : host;
}

function answers(operator: "exact" | "suffix", host: string): (authority: string) => boolean {
  const rules = [{ name: "host", match: { host: { [operator]: host } }, level: "batch" }];
  const vm = startFilter(configOf("gateway", { trust: "Never", rules }));
  return (text) => valuesOf(vm.request([[":authority", text]]), levelHeader)[0] === "batch";
}

test("authority: a rule finds its host however it is written", () => {
  const cases = named.chain((host) => fc.tuple(fc.constant(host), fc.array(written(host), { minLength: 5 })));
  fc.assert(
    fc.property(cases, ([host, texts]) => {
      const isHost = answers("exact", host);
      for (const text of texts) {
        assert.equal(hostIn(text), host, "the grammar accepts it");
        assert.ok(isHost(text), text);
      }
    }),
    { numRuns: 500 },
  );
});

test("authority: in any text, a rule finds the same host as the grammar, and none if it is not an authority", () => {
  const other = fc.oneof(
    fc.tuple(registered, port).map((parts) => parts.join("")),
    fc.tuple(named, port).map((parts) => parts.join("")),
  );
  const cases = named.chain((host) => {
    const text = fc.oneof(written(host), other);
    const near = fc.tuple(text, fc.nat()).map(([one, seed]) => mutate(new Random(seed), one));
    return fc.tuple(fc.constant(host), fc.array(fc.oneof(text, near), { minLength: 10, maxLength: 20 }));
  });
  let found = 0;
  let invalid = 0;
  fc.assert(
    fc.property(cases, ([host, texts]) => {
      const [isHost, isBelow] = [answers("exact", host), answers("suffix", `.${host}`)];
      for (const text of texts) {
        const read = hostIn(text);
        assert.equal(isHost(text), read === host, `${JSON.stringify(text)} for ${host}`);
        if (read !== undefined) assert.equal(isBelow(text), read.endsWith(`.${host}`), JSON.stringify(text));
        if (read === undefined) invalid += 1;
        else if (read === host) found += 1;
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(found > 500 && invalid > 500, `${found} found, ${invalid} no authority`);
});
