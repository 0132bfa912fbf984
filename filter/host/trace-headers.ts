// Makes random values of trace headers as their specifications write them, and a plain model of the id in each text.
import fc from "fast-check";

const hex = (size: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: size, maxLength: size });
const nonZero = (id: string): boolean => /[^0]/.test(id);

/** Few ids, so that they often coincide, some with a half in common; and arbitrary ones. */
const long = fc
  .oneof(
    fc.tuple(
      fc.constantFrom("4bf92f3577b34da6", "0000000000000001"),
      fc.constantFrom("a3ce929d0e0e4736", "0".repeat(16)),
    ),
    fc.tuple(hex(16), hex(16)).filter(([upper, lower]) => nonZero(upper + lower)),
  )
  .map(([upper, lower]) => upper + lower);
const short = fc.oneof(fc.constantFrom("a3ce929d0e0e4736", "0000000000000001"), hex(16).filter(nonZero));
const either = fc.oneof(long, short);
const span = hex(16).filter(nonZero);

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const withoutComma = visible.filter((unit) => unit !== ",");

/** W3C Trace Context, 3.2; additions of later versions are unknown. */
const traceparent = fc.oneof(
  fc.tuple(long, span, hex(2)).map(([id, parent, flags]) => `00-${id}-${parent}-${flags}`),
  fc
    .tuple(
      hex(2).filter((version) => !/^(00|ff)$/.test(version)),
      long,
      span,
      hex(2),
      fc.string({ unit: withoutComma, maxLength: 20 }),
    )
    .map(([version, id, parent, flags, more]) => `${version}-${id}-${parent}-${flags}${more === "" ? "" : `-${more}`}`),
);

/** openzipkin/b3-propagation, single header: TraceId-SpanId[-SamplingState[-ParentSpanId]]. */
const b3 = fc
  .tuple(either, span, fc.option(fc.tuple(fc.constantFrom("0", "1", "d"), fc.option(span))))
  .map(([id, own, more]) => [id, own, ...(more ?? [])].filter((part) => part !== null).join("-"));

const decimal = short.map((id) => BigInt(`0x${id}`).toString());
const cloudTrace = fc
  .tuple(long, fc.option(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom("", ";o=0", ";o=1"))))
  .map(([id, more]) => (more === null ? id : `${id}/${more.join("")}`));
const grpcTrace = fc
  .tuple(long, span, fc.boolean())
  .map(([id, own, padded]) => Buffer.from(`0000${id}01${own}0201`, "hex").toString(padded ? "base64" : "base64url"))
  .map((text) => text.replaceAll("-", "+").replaceAll("_", "/"));
/** No specification defines it. */
const requestId = fc.oneof(fc.uuid(), fc.string({ unit: withoutComma, minLength: 1, maxLength: 48 }));

/** One element each, by header name. */
export const traceHeaders: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "x-request-id": requestId,
  traceparent,
  b3,
  "x-b3-traceid": either,
  "x-datadog-trace-id": decimal,
  "x-cloud-trace-context": cloudTrace,
  "grpc-trace-bin": grpcTrace,
};

export const ows = fc.string({ unit: fc.constantFrom(" ", "\t"), maxLength: 2 });

/** RFC 9110, 5.6.1.2: [ element ] *( OWS "," OWS [ element ] ), with white space around the field's value (5.5). */
export function listOf(elements: fc.Arbitrary<readonly string[]>): fc.Arbitrary<string> {
  return elements.chain((list) =>
    fc
      .array(ows, { minLength: 2 * list.length, maxLength: 2 * list.length })
      .map((spaces) =>
        list.map((element, index) => `${spaces[2 * index]}${element}${spaces[2 * index + 1]}`).join(","),
      ),
  );
}

const padded = (id: string): string => id.toLowerCase().padStart(32, "0");

/** The digits of the trace id in a value that is well formed as far as the filter reads it, which is up to the id. */
function traceIdIn(name: string, value: string): string | undefined {
  switch (name) {
    case "traceparent": {
      const [, version, id, more] = value.match(/^([0-9a-f]{2})-([0-9a-f]{32})-.{16}-.{2}(-.*)?$/is) ?? [];
      return version === undefined || /^ff$/i.test(version) || (version === "00" && more !== undefined)
        ? undefined
        : id;
    }
    case "b3":
      return value.match(/^([0-9a-f]{16}|[0-9a-f]{32})-/i)?.[1];
    case "x-b3-traceid":
      return value.match(/^([0-9a-f]{16}|[0-9a-f]{32})$/i)?.[1];
    case "x-datadog-trace-id":
      return /^[0-9]{1,20}$/.test(value) && BigInt(value) < 2n ** 64n ? BigInt(value).toString(16) : undefined;
    case "x-cloud-trace-context":
      return value.match(/^([0-9a-f]{16}|[0-9a-f]{32})(\/|$)/i)?.[1];
    default:
      return /^[A-Za-z0-9+/]{24}/.test(value)
        ? Buffer.from(value.slice(0, 24), "base64")
            .toString("hex")
            .match(/^0000(.{32})$/)?.[1]
        : undefined;
  }
}

/** The same for a header's whole value, by the list's first element. Undefined if the filter finds no id in it. */
export function idIn(name: string, value: string): string | undefined {
  const first = value
    .split(",")
    .map((element) => element.replace(/^[ \t]+|[ \t]+$/g, ""))
    .find((element) => element !== "");
  if (first === undefined) return undefined;
  if (name !== "x-request-id") {
    const id = traceIdIn(name, first);
    return id !== undefined && nonZero(id) ? padded(id) : undefined;
  }
  const isUuid = /^.{8}-.{4}-.{4}-.{4}-.{12}$/s.test(first);
  return first.length > 48 ? undefined : isUuid ? `${first.slice(0, 14)}0${first.slice(15)}` : first;
}

/** Whether the two headers may contain the id of the same request. */
export function isOneId(
  [name, value]: readonly [string, string],
  [otherName, other]: readonly [string, string],
): boolean {
  const [one, two] = [idIn(name, value), idIn(otherName, other)];
  if (one === undefined || two === undefined || (name === "x-request-id") !== (otherName === "x-request-id"))
    return false;
  if (one === two || name === "x-request-id") return one === two;
  const isShort = [one, two].some((id) => /^0{16}/.test(id));
  return isShort && one.slice(16) === two.slice(16);
}
