// Lists the headers that an application copies from the request that it answers to the requests that it makes.

/** What the services of Istio's Bookinfo forward so that tracing works. The header that carries the level is not among them. */
export const traceHeaders: readonly string[] = [
  "x-request-id",
  "traceparent",
  "tracestate",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags",
  "x-ot-span-context",
  "x-datadog-trace-id",
  "x-datadog-parent-id",
  "x-datadog-sampling-priority",
  "x-cloud-trace-context",
  "grpc-trace-bin",
  "sw8",
];

/** What `--forward` chooses for reviews: Bookinfo's list, or one header, as with most tracing libraries. */
export const forwardings: Readonly<Record<"bookinfo" | "traceparent", readonly string[]>> = {
  bookinfo: traceHeaders,
  traceparent: ["traceparent"],
};

/** The header that carries the level, as applications see it: they report it (below) and never forward it. */
export const levelHeader = "x-request-priority";

/** The lab's own response header: the level that each application on the way saw, as `service=level`, separated by commas. */
export const seenHeader = "x-lab-levels";
